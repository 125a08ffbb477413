//===- CacheOptions.cpp - the cache of check, and its commands ---*- C++ -*-===//
#include "tool/OptionParts.h"

namespace handrail::tool {

void addCacheOptions(CLI::App *Command, CheckCommand &C) {
  Command
      ->add_option("--cache", C.Cache,
                   "keep what was found out in DIR, for later runs, also of other checkouts and "
                   "jobs; default: HANDRAIL_CACHE, if set")
      ->option_text("DIR")
      ->group("Limits");
  Command
      ->add_option("--cache-size", C.CacheMiB,
                   "MiB that the cache may take; default: HANDRAIL_CACHE_SIZE, or 2048")
      ->option_text("MIB")
      ->check(CLI::Range(uint64_t(1), uint64_t(1) << 40))
      ->group("Limits");
  Command
      ->add_option("--cache-root", C.CacheRoots,
                   "what lies below DIR is the same in other checkouts; default: the checkout, "
                   "and where it is built; may be repeated")
      ->option_text("DIR")
      ->allow_extra_args(false)
      ->take_all()
      ->group("Limits");
}

void addCacheCommands(CLI::App &App, CommandLine &Line) {
  CLI::App *Cache = addCommand(App, "cache", "Look at the cache of check, or make room in it.",
                               "handrail cache stats|clean …");
  Cache->require_subcommand(1);

  CLI::App *Stats =
      addCommand(*Cache, "stats", "Tell what is in a cache and what runs found there.",
                 "handrail cache stats [OPTIONS] [DIR]", "Without DIR: HANDRAIL_CACHE.");
  auto &S = onChosen<CacheStatsCommand>(Stats, Line);
  Stats->add_option("DIR", S.Directory)->group("");
  addChoice<bool>(Stats, "--format", S.Json, {{"text", false}, {"json", true}},
                  "text (default) or json")
      ->option_text("FORMAT")
      ->group("The report");

  CLI::App *Clean =
      addCommand(*Cache, "clean", "Remove what a cache holds, or what was not used lately.",
                 "handrail cache clean [OPTIONS] [DIR]",
                 "Without DIR: HANDRAIL_CACHE. Without options everything goes. Runs that use\n"
                 "the cache at the same time are not disturbed.");
  auto &C = onChosen<CacheCleanCommand>(Clean, Line);
  Clean->add_option("DIR", C.Directory)->group("");
  Clean->add_option("--older-than", C.Days, "only what was last used more than DAYS days ago")
      ->option_text("DAYS")
      ->check(CLI::Range(uint64_t(0), uint64_t(36500)))
      ->group("What to remove");
  Clean
      ->add_option("--size", C.MiB, "what was used least recently, until no more than MIB are left")
      ->option_text("MIB")
      ->check(CLI::Range(uint64_t(0), uint64_t(1) << 40))
      ->group("What to remove");
}

} // namespace handrail::tool
