/** Scripts as people write them for buildah: each leaves an image `out`. `image` is what they begin with, `files` what is in the directory. */
export interface WorkingCase {
  readonly name: string;
  readonly script: string;
}

export const workingCases: readonly WorkingCase[] = [
  {
    name: "from scratch, files through a mount, settings",
    script: `
buildah from scratch
container=$(buildah from scratch)
mountpoint=$(buildah mount $container)
cp -r ./app/* $mountpoint/
buildah umount $container
buildah config --port 8080 $container
buildah config --entrypoint '["/app/server"]' $container
buildah commit $container out`,
  },
  {
    name: "a script with a package manager, a mount that stays, and run in between",
    script: `
container=$(buildah from image)
mountpoint=$(buildah mount $container)
buildah run $container apk add --no-cache \\
    python3 \\
    py3-pip
cp -r ./src $mountpoint/app
buildah run $container pip3 install -r /app/requirements.txt
buildah config --workingdir /app $container
buildah config --cmd "python3 server.py" $container
buildah config --port 5000 $container
buildah unmount $container
buildah commit $container out`,
  },
  {
    name: "copy: directory, file, several, into a new directory, a pattern's one file",
    script: `
c=$(buildah from image)
buildah config --workingdir /work $c
buildah copy $c src
buildah copy $c src /dst
buildah copy $c src/server.py
buildah copy $c src/server.py /renamed.py
buildah copy $c src/server.py src/sub /multi
buildah copy $c src/server.py /new/dir/
buildah copy $c 'src/req*' /pattern/
buildah copy -q $c src/link /followed
buildah commit $c out`,
  },
  {
    name: "copy --chown --chmod, by name and by number",
    script: `
c=$(buildah from image)
buildah copy --chown app --chmod 600 $c src /by-name
buildah copy --chown app:root $c src/server.py /user-and-group
buildah copy --chown 5:6 --chmod 755 $c src/server.py /by-number
buildah copy --chown 7 $c src /number-alone
buildah commit $c out`,
  },
  {
    name: "copy --from a container and an image, owners do not come along",
    script: `
a=$(buildah from image)
buildah copy --chown 7:8 $a src /made
buildah commit $a other
c=$(buildah from image)
buildah copy --from $a $c /made /from-container
buildah copy --from other $c /made /from-image
buildah copy --from other $c /made/server.py /one
buildah commit $c out`,
  },
  {
    name: "copy over links and into linked directories",
    script: `
c=$(buildah from image)
buildah run $c sh -c 'mkdir /real; ln -s real /linked; ln -s /etc/passwd /file-link; ln -s /no/where /broken'
buildah copy $c src/server.py /linked/
buildah copy $c src /linked/tree
buildah commit $c out`,
  },
  {
    name: "add unpacks archives, with their owners",
    script: `
c=$(buildah from image)
buildah add $c archive.tar /plain
buildah add $c archive.tar.gz /gzip/
buildah add $c src/server.py /file
buildah copy $c archive.tar /as-it-is/
buildah commit $c out`,
  },
  {
    name: "run: environment, user, directory, what it removes and replaces",
    script: `
c=$(buildah from image)
buildah config --env A=1 --user app --workingdir /work $c
buildah run --user root $c sh -c 'mkdir -p /work /kept; chown app /work; echo gone > /gone'
buildah run $c sh -c 'id > ids; pwd > where; echo $A > variable'
buildah run -e A=2 -e B=3 $c -- sh -c 'echo $A $B > both'
buildah run --user 12:34 --workingdir /tmp $c sh -c 'id -u; id -g > group'
buildah run --user root $c rm -r /gone /etc/motd /usr/share/doc
buildah run --user root $c sh -c 'rm /etc/group && ln -s passwd /etc/group; chmod 700 /kept; ln /bin/busybox /second-name'
buildah commit $c out`,
  },
  {
    name: "config, an OCI image",
    script: `
c=$(buildah from image)
buildah config --author 'Some One' --cmd 'run "two words" last' --entrypoint '/bin/start now' $c
buildah config --env A=1 --env B='x y' --env 'C=\${A}/z' --label a=b --label c= --annotation k=v $c
buildah config --port 80 --port 53/udp --volume /data --volume /logs --stop-signal SIGINT --user app:app $c
buildah config --workingdir /srv --arch arm64 --variant v8 --os linux --created-by me --history-comment 'how: ' $c
buildah commit $c out`,
  },
  {
    name: "config, a docker image",
    script: `
c=$(buildah from image)
buildah config --shell '/bin/sh -x' --healthcheck 'CMD curl -f http://localhost/' --healthcheck-interval 5s $c
buildah config --healthcheck-retries 5 --healthcheck-start-period 1m --healthcheck-timeout 3s $c
buildah config --onbuild 'RUN a' --onbuild 'COPY . /x' --comment text $c
buildah config --entrypoint '["a","b"]' --cmd '' $c
buildah commit --format docker $c out`,
  },
  {
    name: "config takes away and replaces",
    script: `
c=$(buildah from image)
buildah config --env A=1 --env B=2 --env C=3 --label a=1 --label b=2 --port 1 --port 2 --volume /a --volume /b $c
buildah config --env A=4 --env B- --label a- --port 1- --volume /b- --author x $c
buildah config --author '' --user '' --workingdir '' --cmd x --entrypoint '' $c
buildah config --env D="\\$A-\\$C" $c
buildah commit $c out`,
  },
  {
    name: "history that is asked for",
    script: `
c=$(buildah from image)
buildah config --add-history --env Z=1 --env Y=2 --user app --port 1 --port 2/udp --cmd 'a b' --workingdir /w $c
buildah run --add-history --user root --workingdir / $c sh -c 'echo hi > /made'
buildah config --add-history --label a=b --volume /v1 --volume /v2 --stop-signal 9 --entrypoint '["x"]' $c
buildah copy --add-history $c src /copied
buildah add --add-history $c src/server.py src/requirements.txt /added/
BUILDAH_HISTORY=true buildah config --env W=3 $c
buildah commit $c out`,
  },
  {
    name: "commit --squash",
    script: `
c=$(buildah from image)
buildah config --add-history --env Z=1 $c
buildah run $c sh -c 'rm /etc/motd; echo hi > /made'
buildah commit --squash $c out`,
  },
  {
    name: "commit --unsetenv --omit-history, and a second commit of the same container",
    script: `
c=$(buildah from image)
buildah config --env A=1 --env B=2 $c
buildah commit $c first
buildah copy $c src /later
buildah commit --unsetenv A --omit-history --rm $c out
! buildah inspect --type container $c`,
  },
  {
    name: "on top of what was committed",
    script: `
c=$(buildah from image)
buildah run $c sh -c 'echo 1 > /one'
buildah commit --rm $c middle
c=$(buildah from middle)
buildah run $c sh -c 'cat /one > /two; rm /one'
buildah config --created-by second $c
buildah commit --rm $c out`,
  },
];
