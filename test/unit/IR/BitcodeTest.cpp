//===- BitcodeTest.cpp - the binary form -----------------------*- C++ -*-===//

#include "lib/IR/Bitcode.h"
#include "lib/IR/OpInfo.h"
#include "test/unit/IR/TestUnits.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SHA256.h"
#include <gtest/gtest.h>

using namespace handrail::ir;

using Bytes = llvm::SmallVector<char, 0>;

static constexpr size_t HeaderSize = 48;

static Bytes written(const Unit &U) {
  Bytes Out;
  writeBitcode(U, Out);
  return Out;
}

static llvm::Expected<Unit> read(const Bytes &Data) {
  return readBitcode({llvm::StringRef(Data.data(), Data.size()), "t.hrir"});
}

static std::string readError(const Bytes &Data) {
  llvm::Expected<Unit> U = read(Data);
  return U ? "" : llvm::toString(U.takeError());
}

/// Makes size and checksum fit the payload, as somebody with bad intentions would.
static void seal(Bytes &Data) {
  llvm::support::endian::write64le(&Data[8], Data.size() - HeaderSize);
  auto Hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(
      llvm::StringRef(Data.data() + HeaderSize, Data.size() - HeaderSize)));
  std::copy(Hash.begin(), Hash.end(), Data.begin() + 16);
}

TEST(Bitcode, RoundTripsExactly) {
  Unit U = parsed(richText());
  llvm::Expected<Unit> V = read(written(U));
  ASSERT_TRUE(bool(V)) << llvm::toString(V.takeError());
  EXPECT_EQ(U.Strings, V->Strings);
  EXPECT_EQ(U.Locs, V->Locs);
  EXPECT_EQ(U.Types, V->Types);
  EXPECT_EQ(U.Records, V->Records);
  EXPECT_EQ(U.Symbols, V->Symbols);
  EXPECT_EQ(U.Functions, V->Functions);
  EXPECT_TRUE(U == *V);
  EXPECT_EQ(written(U), written(*V));
}

TEST(Bitcode, KeepsTablesThatAreNotInCanonicalOrder) {
  Unit U = parsed("define @f() { %0 = copy 1 return %0 }");
  std::swap(U.Locs[1], U.Locs[2]);
  U.Strings.push_back("unused");
  U.Functions[0].Blocks[0].Ops[0].Result = U.Functions[0].Blocks[0].Term.Value.Index = 5;
  U.Functions[0].NumTemps = 9;
  llvm::Expected<Unit> V = read(written(U));
  ASSERT_TRUE(bool(V)) << llvm::toString(V.takeError());
  EXPECT_EQ(U.Strings, V->Strings);
  EXPECT_EQ(U.Locs, V->Locs);
  EXPECT_EQ(U.Functions, V->Functions);
}

TEST(Bitcode, TheEmptyUnit) {
  llvm::Expected<Unit> V = read(written(Unit()));
  ASSERT_TRUE(bool(V)) << llvm::toString(V.takeError());
  EXPECT_TRUE(*V == Unit());
}

TEST(Bitcode, IntegersOfAllSizes) {
  std::string Args = "0";
  for (unsigned Bit = 0; Bit < 64; ++Bit)
    for (int64_t Delta : {-1, 0, 1})
      Args += ", " + std::to_string(int64_t((uint64_t(1) << Bit) + uint64_t(Delta)));
  Unit U = parsed("define @f() { call @g(" + Args + ") return }");
  llvm::Expected<Unit> V = read(written(U));
  ASSERT_TRUE(bool(V)) << llvm::toString(V.takeError());
  EXPECT_EQ(U.Functions, V->Functions);
}

TEST(Bitcode, SaysWhatIsWrongWithAFile) {
  Bytes Good = written(parsed(richText()));
  EXPECT_EQ(readError({}), "t.hrir: not a unit in binary form");
  EXPECT_EQ(readError({'B', 'C', '\xc0', '\xde', 0}), "t.hrir: not a unit in binary form");

  Bytes Other = Good;
  Other[4] = 7;
  EXPECT_EQ(readError(Other), "t.hrir: unit of format version 7, but version 5 is needed; capture "
                              "the file again");
  Bytes Short(Good.begin(), Good.begin() + 20);
  EXPECT_EQ(readError(Short), "t.hrir: truncated unit");
  Bytes Half(Good.begin(), Good.begin() + HeaderSize + 10);
  EXPECT_EQ(readError(Half), "t.hrir: truncated unit: 10 of " +
                                 std::to_string(Good.size() - HeaderSize) + " bytes are there");
  Bytes Long = Good;
  Long.push_back(0);
  EXPECT_EQ(readError(Long), "t.hrir: damaged unit: more bytes than the header says");
  Bytes Flipped = Good;
  Flipped.back() ^= 1;
  EXPECT_EQ(readError(Flipped), "t.hrir: damaged unit: the checksum does not match");
  Bytes Padded = Long;
  seal(Padded);
  EXPECT_EQ(readError(Padded), "t.hrir: damaged unit: the tables do not fill the payload");
}

TEST(Bitcode, RefusesWhatIsNotValid) {
  Unit U = parsed("define @f() { return }");
  U.Functions[0].Loc = 77;
  EXPECT_EQ(readError(written(U)), "t.hrir: damaged unit: function @f: location 77 does not exist "
                                   "(there are 4)");
}

TEST(Bitcode, TruncatedAnywhere) {
  Bytes Good = written(parsed(richText()));
  for (size_t Size = 0; Size < Good.size(); ++Size)
    EXPECT_NE(readError(Bytes(Good.begin(), Good.begin() + Size)), "") << Size;
}

TEST(Bitcode, EveryFlippedBitIsFound) {
  Bytes Data = written(parsed(richText()));
  for (size_t I = 0; I < Data.size(); ++I)
    for (unsigned Bit = 0; Bit < 8; ++Bit) {
      Data[I] ^= char(1 << Bit);
      EXPECT_NE(readError(Data), "") << I;
      Data[I] ^= char(1 << Bit);
    }
}

/// What is accepted must be valid as far as memory safety goes: writing it again
/// and reading that works.
static void expectSane(const Bytes &Data) {
  llvm::Expected<Unit> U = read(Data);
  if (!U) {
    EXPECT_EQ(llvm::toString(U.takeError()).find("t.hrir: damaged unit: "), 0u);
    return;
  }
  llvm::Expected<Unit> V = read(written(*U));
  ASSERT_TRUE(bool(V)) << llvm::toString(V.takeError());
  EXPECT_TRUE(*U == *V);
  printed(*U);
}

TEST(Bitcode, TruncatedWithAFittingChecksum) {
  Bytes Good = written(parsed(richText()));
  for (size_t Size = HeaderSize; Size < Good.size(); ++Size) {
    Bytes Data(Good.begin(), Good.begin() + Size);
    seal(Data);
    EXPECT_NE(readError(Data), "") << Size;
  }
}

TEST(Bitcode, DamagedWithAFittingChecksum) {
  const Bytes Good = written(parsed(richText()));
  Sequence Random(3);
  for (unsigned Round = 0; Round < 20000; ++Round) {
    Bytes Data = Good;
    for (uint64_t N = 1 + Random.next(3); N; --N)
      Data[HeaderSize + Random.next(Data.size() - HeaderSize)] = char(Random.next(256));
    seal(Data);
    expectSane(Data);
  }
}

TEST(Bitcode, ACountThatLiesCostsNothing) {
  // As the payload of an empty unit, but with 2^40 files announced.
  Bytes Data = written(Unit());
  Data.truncate(HeaderSize);
  for (int B : {0x00, 0x00, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20})
    Data.push_back(char(B));
  seal(Data);
  EXPECT_EQ(readError(Data), "t.hrir: damaged unit: the tables do not fill the payload");
}
