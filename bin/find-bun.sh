# Sourced with $package set to the package's directory: sets $bun to the pinned Bun, or to nothing.
# Bun's install script moves the executable into node_modules/bun; where npm ran no install scripts it is still in the package of the
# platform, and node_modules/bun holds a placeholder. Both may stand in this package (a clone) or beside it (a dependency).
bun=
machine=$(uname -m)
case $machine in
  x86_64 | amd64) machine=x64 ;;
  arm64) machine=aarch64 ;;
esac
for modules in "$package/node_modules" "$package/.." "$package/../node_modules"; do
  for candidate in "$modules/bun/bin/bun.exe" \
    "$modules/@oven/bun-linux-$machine/bin/bun" "$modules/@oven/bun-linux-$machine-musl/bin/bun"; do
    [ -f "$candidate" ] || continue
    # The placeholder is text; a program of the other C library is an ELF file that does not start.
    case $candidate in
      */bun.exe) [ "$(head -c 4 "$candidate" | tail -c 3)" = ELF ] || continue ;;
      *-musl/*) "$candidate" --version >/dev/null 2>&1 || continue ;;
    esac
    [ -x "$candidate" ] || chmod +x "$candidate" 2>/dev/null
    bun=$candidate
    break 2
  done
done
