"""A real browser for tests: Chromium through the WebDriver protocol of chromedriver.

    with Browser(directory) as page:
        page.open("report.html")
        page.find("#search").type("accept")
        print(page.run("return document.title"))
"""
import base64
import json
import os
import re
import subprocess
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # what the protocol calls a reference to an element
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Left": "\ue012", "Up": "\ue013", "Right": "\ue014", "Down": "\ue015", "Tab": "\ue004"}


class Element:
    def __init__(self, browser, reference):
        self.browser, self.path = browser, f"/element/{reference}"

    def click(self):
        self.browser.call("POST", self.path + "/click", {})

    def type(self, text):
        self.browser.call("POST", self.path + "/value", {"text": KEYS.get(text, text)})

    def clear(self):
        self.browser.call("POST", self.path + "/clear", {})

    @property
    def text(self):
        return self.browser.call("GET", self.path + "/text")

    def member(self, name):
        """A member of the element, as scripts see it."""
        return self.browser.call("GET", self.path + "/property/" + name)

    @property
    def html(self):
        return self.member("outerHTML")

    @property
    def shown(self):
        return self.browser.call("GET", self.path + "/displayed")

    @property
    def label(self):
        """The name that assistive technology reads."""
        return self.browser.call("GET", self.path + "/computedlabel")


class Browser:
    def __init__(self, directory):
        self.directory = os.path.abspath(directory)

    def __enter__(self):
        profile = os.path.join(self.directory, "profile")
        environment = {**os.environ, "HOME": profile}
        os.makedirs(profile, exist_ok=True)
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True, env=environment)
        for line in self.driver.stdout:
            started = re.search(r"started successfully on port (\d+)", line)
            if started:
                break
        else:
            raise RuntimeError("chromedriver did not start")
        self.url = f"http://127.0.0.1:{started[1]}/session"
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     f"--user-data-dir={profile}", "--window-size=1400,1200"]
        capabilities = {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}}}
        self.url += "/" + self.call("POST", "", {"capabilities": capabilities})["sessionId"]
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def open(self, file):
        self.call("POST", "/url", {"url": "file://" + os.path.join(self.directory, file)})

    def run(self, script):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def find(self, selector):
        return Element(self, self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT])

    def all(self, selector):
        found = self.call("POST", "/elements", {"using": "css selector", "value": selector})
        return [Element(self, each[ELEMENT]) for each in found]

    def focused(self):
        return Element(self, self.call("GET", "/element/active")[ELEMENT])

    def errors(self):
        """What the page complained about since the last call."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"}) if entry["level"] == "SEVERE"]

    def screenshot(self, file):
        with open(os.path.join(self.directory, file), "wb") as out:
            out.write(base64.b64decode(self.call("GET", "/screenshot")))


def texts(page, selector):
    return [each.text for each in page.all(selector)]


def equal(found, wanted):
    assert found == wanted, f"\nfound  {found!r}\nwanted {wanted!r}"


def worst_contrast(page):
    """The lowest contrast of any text with what it stands on, and the element."""
    return page.run(CONTRAST)


CONTRAST = """
  const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; } };
  let worst = [99, ""];
  for (const e of document.querySelectorAll("body *")) {
    if (!e.offsetParent || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < worst[0]) worst = [contrast, e.outerHTML.slice(0, 120)];
  }
  return worst;"""
