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
  "its thread ended": "スレッドが終了しました",
  "it did not get ready": "準備ができませんでした",
  "Published ports are discarded when using host network mode":
    "host のネットワークでは、公開するポートの指定は無視されます",
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
  "for example 8080:80, 127.0.0.1:5353:53/udp or 8000-8009:8000-8009":
    "例: 8080:80、127.0.0.1:5353:53/udp、8000-8009:8000-8009",
  "for example 80, 53/udp or 8000-8009": "例: 80、53/udp、8000-8009",
  "choose another with -p, or stop what uses it: 'kasane ps' and 'ss -lntup' tell":
    "-p で別のポートを選ぶか、使っているものを止めてください。'kasane ps' や 'ss -lntup' で分かります",
  "choose a port from 1024 on: those below are root's (net.ipv4.ip_unprivileged_port_start)":
    "1024 以上のポートを選んでください。それより下は root のものです（net.ipv4.ip_unprivileged_port_start）",
  "the address must be one of this machine: 'ip addr' lists them":
    "このマシンのアドレスでなければなりません。'ip addr' で分かります",
  "containers reach nothing outside here: {*}": "ここではコンテナから外に届きません: {1}",
  "containers of a network do not reach each other here: {*}":
    "ここではネットワークの中のコンテナどうしが届きません: {1}",
  "install the package passt": "パッケージ passt を入れてください",
  "there is no /dev/net/tun here": "ここには /dev/net/tun がありません",
  "/dev/net/tun is not for you: 'chmod 666 /dev/net/tun' as root is usual":
    "/dev/net/tun を使う権限がありません。root で 'chmod 666 /dev/net/tun' とするのが普通です",
  "pasta: {*}": "pasta: {1}",
  "{*}; masquerading: {*}": "{1}。マスカレードも使えません: {2}",
  "{}: it ended with {}": "{1}: {2} で終わりました",
  "install the packages iproute2 and iptables": "パッケージ iproute2 と iptables を入れてください",
  "net.ipv4.ip_forward is 0: 'sysctl -w net.ipv4.ip_forward=1' as root lets packets through":
    "net.ipv4.ip_forward が 0 です。root で 'sysctl -w net.ipv4.ip_forward=1' とするとパケットが通ります",
  "all addresses of {} are taken": "{1} のアドレスはすべて使われています",
  "slirp4netns: {*}": "slirp4netns: {1}",
  "could not find network driver {}": "ネットワークドライバー {1} はありません",
  "a MAC address cannot be chosen: it follows from the IP address":
    "MAC アドレスは選べません。IP アドレスから決まります",
  "names and addresses can be chosen in networks of one's own only":
    "名前やアドレスを選べるのは、自分で作ったネットワークの中だけです",
  "custom host-to-IP mapping": "/etc/hosts への追加",
  dns: "DNS の指定",
  "bad format for add-host: {}": "add-host の形が正しくありません: {1}",
  "container {} cannot be connected to network {}: it has no network of its own":
    "コンテナ {1} をネットワーク {2} につなげません。自分専用のネットワークを持っていません",
  "endpoint with name {} already exists in network {}":
    "コンテナ {1} はすでにネットワーク {2} につながっています",
  "container {} is not connected to network {}": "コンテナ {1} はネットワーク {2} につながっていません",
  "network {} has active endpoints: {}": "ネットワーク {1} は使用中です: {2}",
  "network {} has no free address": "ネットワーク {1} に空いているアドレスがありません",
  "Address already in use: {}": "アドレス {1} はすでに使われています",
  "invalid network name {}": "ネットワーク名 {1} は使えません",
  "network with name {} already exists": "ネットワーク {1} はすでにあります",
  "the addresses {} are in use by network {}": "アドレス {1} はネットワーク {2} が使っています",
  "the gateway {} is not an address of {}": "ゲートウェイ {1} は {2} のアドレスではありません",
  "invalid subnet {}": "サブネット {1} は使えません",
  "no free addresses are left for another network": "新しいネットワークに使えるアドレスが残っていません",
  "cannot connect the container: {*}": "コンテナをネットワークにつなげません: {1}",
  "WARNING! This will remove all custom networks not used by at least one container.":
    "警告！ どのコンテナも使っていないネットワークをすべて削除します。",
  "Make a network in which containers find each other by name":
    "コンテナどうしが名前で見つけ合えるネットワークを作る",
  "List networks": "ネットワークの一覧を表示する",
  "Show everything about networks as JSON": "ネットワークのすべてを JSON で表示する",
  "Remove one or more networks": "ネットワークを削除する",
  "Remove the networks that no container uses": "どのコンテナも使っていないネットワークを削除する",
  "Make a container a member of a network": "コンテナをネットワークにつなぐ",
  "End a container's membership in a network": "コンテナをネットワークから切り離す",
  "At once where it runs, else from its next start on.":
    "実行中ならすぐに、そうでなければ次に開始したときからつながります。",
  "web and those in app find each other by name": "web と app の中のコンテナが、互いに名前で見つかる",
  "it is called db there, too": "そこでは db とも呼ばれる",
  "What it is called there beside its name": "名前のほかに、そこで使う呼び名",
  "Its address there (default: a free one)": "そこでのアドレス（省略時は空いているもの）",
  "Prints its ID. It needs neither root nor a daemon: a network is its members, and takes nothing while none of them runs.":
    "ID を表示します。root もデーモンも要りません。ネットワークはつながっているコンテナそのもので、どれも動いていない間は何も使いません。",
  "then: run --network app --name db …": "続けて: run --network app --name db …",
  "whose containers reach only each other": "中のコンテナどうしだけが届くもの",
  "Its IPv4 addresses (default: free ones)": "IPv4 アドレスの範囲（省略時は空いているもの）",
  "The address that no container gets (default: the first)":
    "コンテナに割り当てないアドレス（省略時は最初のもの）",
  "Nothing outside is reached": "外には届かない",
  "Label of the network": "ネットワークのラベル",
  "bridge: there is no other": "bridge。ほかにはない",
  "Kept for those who ask; no effect": "記録されるだけで、効果はない",
  "For docker's sake; no effect": "docker と同じ指定ができるようにあるだけで、効果はない",
  "No error where it is there already": "すでにあってもエラーにしない",
  "leave --driver away: bridge is the only one": "--driver は付けないでください。bridge しかありません",
  "also from a network that is gone": "もうないネットワークからも",
  "at once, where it runs": "実行中ならすぐに",
  "its addresses, and the containers that run in it": "アドレスと、中で実行中のコンテナ",
  "only their names": "その名前だけ",
  "those there are": "あるものすべて",
  "IDs of some": "一部の ID",
  "Only what matches, for example name=app or type=custom": "合うものだけ。例: name=app、type=custom",
  "asks first": "確認してから",
  "Not while containers run in it.": "中でコンテナが実行されている間は削除できません。",
  "also where one is not there": "ないものがあっても",
  "No error for those that are not there": "ないものがあってもエラーにしない",
  "private (default), host, none, container:NAME, or one that 'network create' made":
    "private（省略時）、host、none、container:名前、または 'network create' で作ったもの",
  "What it is called in its network, beside its name": "名前のほかに、ネットワークの中で使う呼び名",
  "Its address in the network": "ネットワークの中でのアドレス",
  "Cannot be chosen": "選べない",
  "Line of /etc/hosts; host-gateway stands for this machine's address":
    "/etc/hosts の行。host-gateway はこのマシンのアドレスを表す",
  "leave --mac-address away; --ip chooses the address":
    "--mac-address は付けないでください。アドレスは --ip で選べます",
  "make one with 'kasane network create', and name it with --network":
    "'kasane network create' で作り、--network で指定してください",
  "for example db:10.0.0.7 or host.internal:host-gateway": "例: db:10.0.0.7、host.internal:host-gateway",
  "a port, for example 80, 53/udp or 8000-8080": "ポート。例: 80、53/udp、8000-8080",
  "make it again without --network {}": "--network {1} を付けずに作り直してください",
  "'kasane network inspect {}' lists its containers":
    "中のコンテナは 'kasane network inspect {1}' で分かります",
  "stop these containers, or take them out with 'kasane network disconnect'":
    "これらのコンテナを止めるか、'kasane network disconnect' で切り離してください",
  "'kasane inspect' tells its networks": "つながっているネットワークは 'kasane inspect' で分かります",
  "'kasane network inspect {}' tells who has which":
    "どのアドレスをどのコンテナが使っているかは 'kasane network inspect {1}' で分かります",
  "private (a network of its own), host, none, container:NAME, or one of 'kasane network ls'":
    "private（自分専用のネットワーク）、host、none、container:名前、または 'kasane network ls' にあるものです",
  "choose another name; 'kasane network ls' lists those there are":
    "別の名前を選んでください。今あるものは 'kasane network ls' で分かります",
  "choose others with --subnet, or none: then free ones are found":
    "--subnet で別のものを選ぶか、付けないでください。空いているものが選ばれます",
  "leave --gateway away: the first address is taken":
    "--gateway は付けないでください。最初のアドレスになります",
  "'kasane network ls' lists those there are, 'kasane network create' makes one":
    "今あるものは 'kasane network ls' で分かります。'kasane network create' で作れます",
  "IPv4 addresses with 8 to 30 bits in common, for example 10.89.7.0/24":
    "共通部分が 8 から 30 ビットの IPv4 アドレス。例: 10.89.7.0/24",
  "remove some with 'kasane network prune', or name addresses with --subnet":
    "'kasane network prune' で減らすか、--subnet でアドレスを指定してください",
  "'kasane info' tells what is missing; --network host needs nothing of it":
    "足りないものは 'kasane info' で分かります。--network host なら何も要りません",
  "containers are not linked: those of one network find each other by name":
    "コンテナはリンクできません: 同じネットワークのコンテナは名前で互いを見つけます",
  "make a network with 'kasane network create NET', and start both with --network NET; --network-alias gives another name":
    "'kasane network create NET' でネットワークを作り、両方を --network NET で開始してください。別の名前は --network-alias でつけられます",
  "Not here: see --network": "使えません。--network を見てください",
};
