// RUN: %check_handrail %s
struct udev;
struct udev_device;
struct udev_monitor;
struct udev *udev_new(void);
struct udev *udev_unref(struct udev *u);
struct udev_device *udev_device_new_from_syspath(struct udev *u, const char *path);
const char *udev_device_get_devnode(struct udev_device *d);
struct udev_device *udev_device_get_parent(struct udev_device *d);
struct udev_device *udev_device_unref(struct udev_device *d);
struct udev_monitor *udev_monitor_new_from_netlink(struct udev *u, const char *name);
int udev_monitor_get_fd(struct udev_monitor *m);
struct udev_monitor *udev_monitor_unref(struct udev_monitor *m);
int close(int fd);

int lost(struct udev *u, const char *path) {
  struct udev_device *d = udev_device_new_from_syspath(u, path);
  if (!d)
    return -1;
  if (!udev_device_get_devnode(d))
    return -1; // expect: missing-close: device 'd'
  udev_device_unref(d);
  return 0;
}

int right(const char *path) {
  struct udev *u = udev_new();
  struct udev_device *d = 0;
  int found = 0;
  if (u)
    d = udev_device_new_from_syspath(u, path);
  if (d)
    found = udev_device_get_devnode(udev_device_get_parent(d)) != 0;
  d = udev_device_unref(d);
  u = udev_unref(u);
  return found;
}

int borrowed(struct udev *u) {
  struct udev_monitor *m = udev_monitor_new_from_netlink(u, "udev");
  if (!m)
    return -1;
  close(udev_monitor_get_fd(m)); // expect: mismatched-close
  udev_monitor_unref(m);
  return 0;
}
