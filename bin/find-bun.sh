# Sourced with $package set to the package's directory: sets $bun to the pinned Bun, or to nothing. Starts no other program where it
# can do without: each takes a millisecond, and this stands before every command.
# Bun's install script moves the executable out of the package of the platform into node_modules/bun; where npm ran no install scripts it
# is still there, and node_modules/bun holds a placeholder. Both may stand in this package (a clone) or beside it (a dependency).
bun=
case $package in
  /*) ;;
  *) package=$PWD/$package ;;
esac
{ read -r machine </proc/sys/kernel/arch; } 2>/dev/null || machine=$(uname -m)
case $machine in
  x86_64 | amd64) machine=x64 ;;
  arm64) machine=aarch64 ;;
esac
for modules in "$package/node_modules" "$package/.." "$package/../node_modules"; do
  platform=$modules/@oven/bun-linux-$machine
  for candidate in "$platform/bin/bun" "$modules/bun/bin/bun.exe" "$platform-musl/bin/bun"; do
    [ -f "$candidate" ] || continue
    case $candidate in
      # What the platform's package has lost has been moved here; without that package it may be the placeholder, which is text.
      */bun.exe) [ -d "$platform" ] || [ "$(head -c 4 "$candidate" | tail -c 3)" = ELF ] || continue ;;
      *-musl/*) "$candidate" --version >/dev/null 2>&1 || continue ;;
    esac
    [ -x "$candidate" ] || chmod +x "$candidate" 2>/dev/null
    bun=$candidate
    break 2
  done
done
# What Bun remembers of the TypeScript it has read (half of the start-up time) stays with the package, not in the user's home.
export BUN_RUNTIME_TRANSPILER_CACHE_PATH="${BUN_RUNTIME_TRANSPILER_CACHE_PATH:-$package/node_modules/.cache/kasane}"
