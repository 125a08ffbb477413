#include "lib/Project/Spool.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace handrail::project {

static llvm::Error systemError(const llvm::Twine &What) {
  std::error_code Code = llvm::errnoAsErrorCode();
  return llvm::createStringError(Code, What + ": " + Code.message());
}

llvm::Expected<Spool> Spool::create() {
  llvm::SmallString<128> Name;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, Name);
  llvm::sys::path::append(Name, "handrail-XXXXXX");
  int Descriptor = mkostemp(const_cast<char *>(Name.c_str()), O_CLOEXEC);
  if (Descriptor < 0)
    return systemError("cannot create a temporary file in " + llvm::sys::path::parent_path(Name));
  unlink(Name.c_str());
  return Spool(Descriptor);
}

Spool::~Spool() {
  if (Descriptor >= 0)
    close(Descriptor);
}

uint64_t Spool::size() const {
  struct stat Status;
  return fstat(Descriptor, &Status) == 0 ? uint64_t(Status.st_size) : 0;
}

llvm::Expected<uint64_t> Spool::append(llvm::ArrayRef<char> Bytes) const {
  // Appending where the file ends also skips what a killed process left half
  // written.
  uint64_t Begin = size(), Offset = Begin;
  while (!Bytes.empty()) {
    ssize_t Written = pwrite(Descriptor, Bytes.data(), Bytes.size(), off_t(Offset));
    if (Written < 0 && errno == EINTR)
      continue;
    if (Written <= 0)
      return systemError("cannot write to a temporary file");
    Bytes = Bytes.drop_front(size_t(Written));
    Offset += uint64_t(Written);
  }
  return Begin;
}

llvm::Expected<std::vector<char>> Spool::read(uint64_t Offset, uint64_t Size) const {
  std::vector<char> Result(Size);
  size_t Done = 0;
  while (Done != Size) {
    ssize_t Got = pread(Descriptor, Result.data() + Done, Size - Done, off_t(Offset + Done));
    if (Got < 0 && errno == EINTR)
      continue;
    if (Got <= 0)
      return systemError("cannot read a temporary file");
    Done += size_t(Got);
  }
  return Result;
}

} // namespace handrail::project
