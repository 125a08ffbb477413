//===- ResourceModel.cpp - look-ups in a set of models ---------------------===//
#include "lib/Model/ResourceModel.h"
#include "llvm/ADT/STLExtras.h"
#include <tuple>

namespace handrail::model {

llvm::ArrayRef<uint32_t> ModelSet::find(llvm::StringRef Name) const {
  auto It = ByName.find(Name);
  return It == ByName.end() ? llvm::ArrayRef<uint32_t>() : llvm::ArrayRef<uint32_t>(It->second);
}

std::optional<KindId> ModelSet::kind(llvm::StringRef Id) const {
  auto It = llvm::lower_bound(Kinds, Id,
                              [](const ResourceKind &K, llvm::StringRef Id) { return K.Id < Id; });
  if (It == Kinds.end() || It->Id != Id)
    return std::nullopt;
  return static_cast<KindId>(It - Kinds.begin());
}

bool ModelSet::isCLibraryHeader(llvm::StringRef Path) const {
  // Names have at most three components ("arpa/inet.h", "net/if_arp.h").
  size_t End = Path.size();
  for (int Components = 0; Components < 3 && End != 0; ++Components) {
    size_t Slash = Path.rfind('/', End);
    llvm::StringRef Tail = Slash == llvm::StringRef::npos ? Path : Path.drop_front(Slash + 1);
    if (std::binary_search(CLibraryHeaders.begin(), CLibraryHeaders.end(), Tail))
      return true;
    End = Slash == llvm::StringRef::npos ? 0 : Slash;
  }
  return false;
}

void ModelSet::index() {
  llvm::sort(CLibraryHeaders);
  CLibraryHeaders.erase(std::unique(CLibraryHeaders.begin(), CLibraryHeaders.end()),
                        CLibraryHeaders.end());
  ByName.clear();
  for (uint32_t I = 0; I < Functions.size(); ++I)
    ByName[Functions[I].Name].push_back(I);
  for (auto &Entry : ByName)
    llvm::sort(Entry.second, [&](uint32_t A, uint32_t B) {
      const FunctionModel &X = Functions[A], &Y = Functions[B];
      return std::tuple(Y.ArgumentIs.size(), Y.MinArgs, A) <
             std::tuple(X.ArgumentIs.size(), X.MinArgs, B);
    });
}

} // namespace handrail::model
