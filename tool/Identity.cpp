#include "tool/Identity.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include <cstring>
#include <elf.h>
#include <link.h>

namespace handrail::tool {

std::string versionText() { return "handrail " HANDRAIL_VERSION " (LLVM " LLVM_VERSION_STRING ")"; }

/// The note that the linker put into \p Segment, in hexadecimal.
static std::string buildIdIn(llvm::ArrayRef<uint8_t> Segment) {
  while (Segment.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) Header;
    std::memcpy(&Header, Segment.data(), sizeof(Header));
    Segment = Segment.drop_front(sizeof(Header));
    size_t Name = (size_t(Header.n_namesz) + 3) & ~size_t(3),
           Size = (size_t(Header.n_descsz) + 3) & ~size_t(3);
    if (Name + Size > Segment.size())
      break;
    if (Header.n_type == NT_GNU_BUILD_ID)
      return llvm::toHex(Segment.slice(Name, Header.n_descsz), /*LowerCase=*/true);
    Segment = Segment.drop_front(Name + Size);
  }
  return "";
}

std::string toolIdentity() {
  std::string Id;
  auto Visit = [](dl_phdr_info *Info, size_t, void *Out) {
    for (ElfW(Half) K = 0; K < Info->dlpi_phnum; ++K) {
      const ElfW(Phdr) &P = Info->dlpi_phdr[K];
      auto *Start = reinterpret_cast<const uint8_t *>(Info->dlpi_addr + P.p_vaddr);
      if (std::string &Id = *static_cast<std::string *>(Out); P.p_type == PT_NOTE && Id.empty())
        Id = buildIdIn({Start, size_t(P.p_memsz)});
    }
    return 1; // the program itself comes first
  };
  dl_iterate_phdr(Visit, &Id);
  return versionText() + " " + Id;
}

} // namespace handrail::tool
