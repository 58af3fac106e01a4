import type { Catalogue } from "../catalogue.ts";

/** Networks of containers and their published ports. */
export const network: Catalogue = {
  "Show where the ports of a container are reached": "コンテナのポートにどこから届くかを表示する",
  "all that are published": "公開されているものすべて",
  "one: its address on this machine": "1 つだけ。このマシンでのアドレス",
  "of another protocol than tcp": "tcp 以外のプロトコル",
  "no public port '{}' published for {}": "{2} では、ポート '{1}' は公開されていません",
  "'kasane port {}' lists those there are": "公開されているものは 'kasane port {1}' で分かります",
  "for example 80 or 53/udp": "例: 80、53/udp",
  "conflicting options: {*} and the container type network mode":
    "{1}と、他のコンテナのネットワークを使う指定は両立しません",
  "port publishing": "ポートの公開",
  "{} is not an ip address": "{1} は IP アドレスではありません",
  "network {} not found": "ネットワーク {1} はありません",
  "cannot publish port {}: Bind for {} failed: {*}":
    "ポート {1} を公開できません: {2} で待ち受けられません: {3}",
  "port is already allocated": "このポートはすでに使われています",
  "cannot assign requested address": "このアドレスは使えません",
  "invalid port {}: {*}": "ポート {1} は使えません: {2}",
  "the protocol is tcp or udp": "プロトコルは tcp か udp です",
  "it is not [IP:][HOSTPORT]:PORT": "[IP:][ホストのポート]:ポート の形ではありません",
  "{} is not an address": "{1} はアドレスではありません",
  "the container's port is a number from 1 to 65535": "コンテナのポートは 1 から 65535 までの数です",
  "a port is a number up to 65535": "ポートは 65535 までの数です",
  "the two ranges are of different length": "2 つの範囲の長さが違います",
  "cannot publish ports: {*}": "ポートを公開できません: {1}",
  "its thread ended": "スレッドが終了しました",
  "it did not get ready": "準備ができませんでした",
  "Published ports are discarded when using host network mode":
    "host のネットワークでは、公開するポートの指定は無視されます",
  "private (default), host, none or container:NAME":
    "private（省略時）、host、none、container:名前 のいずれか",
  "Port of the container that is reached from this machine (from elsewhere: name an address, such as 0.0.0.0)":
    "このマシンから届くようにするコンテナのポート（他のマシンからも届くようにするには 0.0.0.0 などのアドレスを付ける）",
  "Publish every exposed port at a free one": "EXPOSE されたポートをすべて、空いているポートで公開する",
  "Port that the container serves": "コンテナが使うポート",
  "Name server (default: this machine's)": "ネームサーバー（省略時はこのマシンのもの）",
  "Domain that short names are looked up in; . for none": "短い名前を探すドメイン。. なら無し",
  "Option of /etc/resolv.conf, for example ndots:1": "/etc/resolv.conf のオプション。例: ndots:1",
  "what belongs to the network is said with the container whose network it is":
    "ネットワークに関することは、そのネットワークを持つコンテナに指定してください",
  "a name server is named by its address": "ネームサーバーはアドレスで指定します",
  "private (a network of its own), host, none or container:NAME":
    "private（自分専用のネットワーク）、host、none、container:名前 のいずれかです",
  "for example 8080:80, 127.0.0.1:5353:53/udp or 8000-8009:8000-8009":
    "例: 8080:80、127.0.0.1:5353:53/udp、8000-8009:8000-8009",
  "for example 80, 53/udp or 8000-8009": "例: 80、53/udp、8000-8009",
  "start the container without -p, or with --network host":
    "-p を付けずに、または --network host で始めてください",
  "choose another with -p, or stop what uses it: 'kasane ps' and 'ss -lntup' tell":
    "-p で別のポートを選ぶか、使っているものを止めてください。'kasane ps' や 'ss -lntup' で分かります",
  "choose a port from 1024 on: those below are root's (net.ipv4.ip_unprivileged_port_start)":
    "1024 以上のポートを選んでください。それより下は root のものです（net.ipv4.ip_unprivileged_port_start）",
  "the address must be one of this machine: 'ip addr' lists them":
    "このマシンのアドレスでなければなりません。'ip addr' で分かります",
  "containers reach nothing outside here: {*}": "ここではコンテナから外に届きません: {1}",
  "install the package passt": "パッケージ passt を入れてください",
  "there is no /dev/net/tun here": "ここには /dev/net/tun がありません",
  "/dev/net/tun is not for you: 'chmod 666 /dev/net/tun' as root is usual":
    "/dev/net/tun を使う権限がありません。root で 'chmod 666 /dev/net/tun' とするのが普通です",
  "pasta: {*}": "pasta: {1}",
  "slirp4netns: {*}": "slirp4netns: {1}",
};
