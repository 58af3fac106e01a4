/** The build context of the image that all peers are shown: every trap of layers in one Dockerfile that every builder understands. */
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runOk } from "../../outside.ts";

/** Debian with the programs that the steps need. */
export const toolsDockerfile = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends attr libcap2-bin && rm -rf /var/cache/apt/* /var/lib/apt/lists/*
CMD ["cat", "/etc/debian_version"]
`;

/** Scripts and not heredocs: builders of 2022 do not know those. */
const dockerfile = `FROM localhost/tools:v1
COPY steps /steps
RUN sh -eu /steps/odd
RUN sh -eu /steps/changed
RUN sh -eu /steps/back
COPY --chown=33:44 app /srv/app
COPY app/a /odd/emptied/new
ADD local.tar.gz /opt/
ENV GREETING="hello world"
WORKDIR /srv/app
LABEL purpose="traps of layers"
`;

/** Everything a tar has a field for, and names that shells and parsers stumble over. */
const odd = `
umask 022
mkdir -p /odd/keep /odd/replaced /odd/emptied/below /odd/gone/deep/deeper
echo one > /odd/replaced/one
echo two > /odd/emptied/two
echo three > /odd/emptied/below/three
echo four > /odd/gone/deep/deeper/four

echo linked > /odd/first
ln /odd/first /odd/second
ln /odd/first /odd/keep/third
ln -s /odd/keep /odd/linked
ln -P /odd/linked /odd/linked-too
echo split > /odd/split-a
ln /odd/split-a /odd/split-b
mknod /odd/null c 1 3 # root
mknod -m 600 /odd/block b 7 200 # root
ln /odd/null /odd/null-too # root
mkfifo -m 640 /odd/pipe

cp /bin/true /odd/capable
chown 33 /odd/capable
chmod 4755 /odd/capable
setcap cap_net_bind_service,cap_net_raw+ep /odd/capable
echo x > /odd/noted
setfattr -n user.kind -v 'odd "one"' /odd/noted
setfattr -n user.binary -v 0x00ff0a3d /odd/noted

truncate -s 3000000 /odd/sparse
printf middle | dd of=/odd/sparse bs=1 seek=1500000 conv=notrunc status=none
: > /odd/empty

mkdir -p '/odd/a directory/with spaces ' /odd/日本語/ファイル
echo s > '/odd/a directory/with spaces / a file '
echo u > /odd/日本語/ファイル/重ね.txt
long=$(printf 'n%.0s' $(seq 200))
mkdir -p /odd/$long/$long
echo long > /odd/$long/$long/$long
ln /odd/$long/$long/$long /odd/$long/$long/$long-linked
ln -s $long/$long/$long /odd/long-link
echo n > '/odd/new
line'
echo b > '/odd/back\\slash'
echo q > '/odd/"quoted"'
echo d > /odd/-dash
echo = > '/odd/a=b%20c'
ln -s /nowhere /odd/dangling
ln -s ../etc/passwd /odd/up
ln -s . /odd/self
deep=/odd/deep
for level in $(seq 40); do deep=$deep/level-$level; done
mkdir -p $deep
echo bottom > $deep/bottom

cp /bin/true /odd/setuid
chown 33:33 /odd/setuid
chmod 6755 /odd/setuid
mkdir -m 1777 /odd/sticky
setfattr -n user.directory -v yes /odd/sticky
mkdir -m 2750 /odd/setgid
chown 5:6000 /odd/setgid
echo o > /odd/setgid/file
echo h > /odd/huge-owner
chown 4000000000:3000000 /odd/huge-owner # root
mkdir -m 000 /odd/closed
echo r > /odd/closed/read-only
chmod 400 /odd/closed/read-only

touch -d '2001-02-03 04:05:06.789012345' /odd/old
touch -d '1960-01-01' /odd/ancient
touch -h -d '2002-03-04' /odd/dangling
`;

/** Every way in which a layer changes what is below it. */
const changed = `
umask 022
rm -r /odd/gone
rm -r /odd/replaced
ln -s keep /odd/replaced
rm -r /odd/emptied
mkdir /odd/emptied
echo new > /odd/emptied/new
echo changed >> /odd/split-a
rm /odd/second
mkdir /odd/late
ln /odd/noted /odd/late/noted
setfattr -x user.kind /odd/noted || echo 'the builder has lost it'
chmod 711 /odd/sticky
chmod u-s /odd/setuid
rm -f /odd/null
echo file > /odd/null
rm -r /odd/keep
echo 'a file now' > /odd/keep
rm /odd/split-b
rm /odd/self
mkdir /odd/self
touch /odd/self/inside

rm -r /usr/share/doc /usr/share/bash-completion
mkdir /usr/share/doc
rm /etc/issue /etc/issue.net
chmod 700 /opt
chown 1:2 /etc/shells
chown -h 4:5 /etc/os-release
chown 12:34 /srv
cp -p /etc/debian_version /etc/debian_version.old
mv /etc/debian_version.old /etc/debian_version
mv /usr/share/common-licenses /usr/share/licences
echo line >> /etc/profile
mkdir /usr/share/doc/made
rm -r /usr/share/doc/made
`;

/** The second change of the same paths. */
const back = `
umask 022
rm /odd/replaced
mkdir /odd/replaced
echo back > /odd/replaced/back
rm -f /odd/block
mkdir /odd/block
touch /odd/block/inside
mkdir -p /odd/gone/deep
rm /odd/keep
mkdir /odd/keep
echo again > /odd/keep/again
mv /usr/share/licences /usr/share/common-licenses
rm -r /odd/self
ln -s . /odd/self
`;

/** Writes Dockerfile and context; `forUsers` leaves out what only root can do in a container. */
export async function writeContext(directory: string, options: { forUsers?: boolean } = {}): Promise<void> {
  const at = (...parts: string[]) => join(directory, ...parts);
  mkdirSync(at("steps"), { recursive: true });
  writeFileSync(at("Dockerfile"), dockerfile);
  for (const [name, script] of Object.entries({ odd, changed, back })) {
    const lines = script.split("\n").filter((line) => !(options.forUsers && line.endsWith(" # root")));
    writeFileSync(at("steps", name), lines.join("\n"));
  }
  mkdirSync(at("app/below"), { recursive: true });
  writeFileSync(at("app/a"), "a\n", { mode: 0o640 });
  writeFileSync(at("app/below/b"), "b\n", { mode: 0o755 });
  writeFileSync(at("app/重ね name"), "named\n");
  symlinkSync("below/b", at("app/link"));
  chmodSync(at("app/below"), 0o750);
  await writeLocalTar(directory);
}

/** An archive with owners, a hard link, a symlink and a device. */
async function writeLocalTar(directory: string): Promise<void> {
  const tree = join(directory, "tree");
  const at = (name: string) => join(tree, "d", name);
  mkdirSync(join(tree, "d"), { recursive: true, mode: 0o755 });
  writeFileSync(at("file"), "packed\n");
  chownSync(at("file"), 7, 8);
  linkSync(at("file"), at("linked"));
  symlinkSync("file", at("link"));
  await runOk(["mknod", "-m", "640", at("device"), "c", "1", "5"]);
  await runOk(["tar", "--numeric-owner", "-C", tree, "-czf", join(directory, "local.tar.gz"), "d"]);
  await runOk(["rm", "-r", tree]);
}
