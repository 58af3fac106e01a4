# Sourced with $package set to the package's directory: sets $bun to the pinned Bun.
# npm may have run no install scripts (then node_modules/bun/bin is a placeholder), so the platform package is used directly.
bun=
machine=$(uname -m)
case $machine in
  x86_64 | amd64) machine=x64 ;;
  aarch64 | arm64) machine=aarch64 ;;
esac
for modules in "$package/node_modules" "$package/.."; do
  for flavour in "" -musl -baseline -musl-baseline; do
    candidate="$modules/@oven/bun-linux-$machine$flavour/bin/bun"
    # A package for another C library is installed by some npm versions, but does not run.
    if [ -x "$candidate" ] && { [ -z "$flavour$musl" ] || "$candidate" --version >/dev/null 2>&1; }; then
      bun=$candidate
      break 2
    fi
  done
done
