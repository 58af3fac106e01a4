# What Kasane can do where this runs. $KASANE is the program, $BASE a tar of a small root file system, $WORK an empty directory.
exec 2>&1
"$KASANE" info | grep Mode | while read -r line; do echo "$line"; done
"$KASANE" import "$BASE" base:1 >/dev/null && echo imported
"$KASANE" run --rm -u nobody base:1 sh -c 'echo "ran as $(id -u)"'
echo "run: $?"
printf 'FROM base:1\nRUN echo made > /made && chown 33 /made\n' >"$WORK/Dockerfile"
"$KASANE" build -q "$WORK" >"$WORK/id"
echo "build: $?"
printf 'FROM base:1\nCOPY Dockerfile /\n' >"$WORK/Dockerfile"
"$KASANE" build -q "$WORK" >"$WORK/id"
echo "copy: $?"
"$KASANE" system prune --all --force >/dev/null
echo "prune: $?"
