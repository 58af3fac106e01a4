import type { Catalogue } from "../catalogue.ts";

/** What parts a container from its machine, and what it may take. */
export const isolation: Catalogue = {
  "can't join IPC of container {}: non-shareable IPC":
    "コンテナ {1} の IPC には参加できません（共有できない IPC です）",
  "give --ipc shareable to the other container": "相手のコンテナに --ipc shareable を付けてください",
  "--{}: invalid {} mode: {}": "--{1}: {2} のモード {3} は使えません",
  "there are too many parts": "区切りが多すぎます",
  "{} is not an absolute path": "{1} は絶対パスではありません",
  "invalid device mode: {}": "デバイスの許可 {1} は使えません",
  "bad format for device {}: {*}": "デバイス {1} の書き方が正しくありません: {2}",
  "write DEVICE, DEVICE:PATH or DEVICE:PATH:rwm":
    "DEVICE、DEVICE:PATH、DEVICE:PATH:rwm のどれかで書いてください",
  "invalid --security-opt: {}": "--security-opt の値 {1} は使えません",
  "one of seccomp=FILE, seccomp=unconfined, no-new-privileges, systempaths=unconfined, apparmor=PROFILE, label=disable":
    "seccomp=FILE、seccomp=unconfined、no-new-privileges、systempaths=unconfined、apparmor=PROFILE、label=disable のどれかです",
  "opening seccomp profile ({}) failed: no such file or directory":
    "seccomp プロファイル（{1}）を開けません: そのようなファイルはありません",
  "opening seccomp profile ({}) failed: {*}": "seccomp プロファイル（{1}）を読めません: {2}",
  "it has to be a seccomp profile in JSON, as docker and podman read them":
    "docker や podman が読む JSON の seccomp プロファイルを指定してください",
  "cannot use the AppArmor profile {}: AppArmor is not enabled on this machine":
    "AppArmor プロファイル {1} は使えません: このマシンでは AppArmor が有効ではありません",
  "leave --security-opt apparmor=… away": "--security-opt apparmor=… を付けないでください",
  "SELinux labels are not set: --security-opt {} has no effect":
    "SELinux のラベルは付けられません。--security-opt {1} は効果がありません",
  "invalid argument {} for \"{*}\" flag: invalid size: '{}'":
    "{2} の値 {1} は使えません: 大きさ '{3}' が読めません",
  "a number of bytes, or with b, k, m or g, for example 512m":
    "バイト数か、b、k、m、g を付けた数を書いてください（例: 512m）",
  'invalid argument {} for "--cpus" flag: Failed to parse {} as a rational number':
    "--cpus の値 {1} は使えません: {2} は数として読めません",
  "a number of processors, for example 0.5 or 2": "プロセッサの数を書いてください（例: 0.5、2）",
  "Minimum memory limit allowed is 6MB": "メモリの上限は 6MB 以上でなければなりません",
  "for example --memory 64m": "例: --memory 64m",
  "You should always set the Memory limit when using Memoryswap limit, see usage":
    "スワップを含む上限には、メモリの上限も必要です",
  "give --memory as well": "--memory も指定してください",
  "Minimum memoryswap limit should be larger than memory limit, see usage":
    "スワップを含む上限は、メモリの上限以上でなければなりません",
  "--memory-swap counts memory and swap together": "--memory-swap はメモリとスワップの合計です",
  "Minimum memory limit can not be less than memory reservation limit, see usage":
    "メモリの上限は、確保する量より小さくできません",
  "see 'kasane run --help'": "'kasane run --help' を参照してください",
  "Range of CPUs is from 0.01 to {}.00, as there are only {} CPUs available":
    "CPU は 0.01 から {1}.00 までです（このマシンには {2} 個しかありません）",
  "for example --cpus 0.5": "例: --cpus 0.5",
  "Conflicting options: Nano CPUs and CPU Period cannot both be set":
    "--cpus と --cpu-period は同時に指定できません",
  "Conflicting options: Nano CPUs and CPU Quota cannot both be set":
    "--cpus と --cpu-quota は同時に指定できません",
  "--cpus stands for both": "--cpus が両方の代わりになります",
  "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)":
    "CPU の周期は 1 ミリ秒（1000）から 1 秒（1000000）までです",
  "for example --cpu-period 100000": "例: --cpu-period 100000",
  "CPU cfs quota can not be less than 1ms (i.e. 1000)":
    "CPU の割り当ては 1 ミリ秒（1000）以上でなければなりません",
  "for example --cpu-quota 50000": "例: --cpu-quota 50000",
  "Range of blkio weight is from 10 to 1000": "blkio の重みは 10 から 1000 までです",
  "for example --blkio-weight 500": "例: --blkio-weight 500",
  "Invalid value {} for cpuset {}": "cpuset {2} の値 {1} は使えません",
  "for example 0-1,3": "例: 0-1,3",
  "Requested CPUs are not available - requested {}, available: 0":
    "指定された CPU {1} はありません（使えるのは 0）",
  "Requested CPUs are not available - requested {}, available: 0-{}":
    "指定された CPU {1} はありません（使えるのは 0-{2}）",
  "'nproc' tells how many there are": "CPU の数は 'nproc' で分かります",
  "invalid ulimit argument: {}": "{1} は読めません",
  "invalid ulimit type: {}": "{1} という種類はありません",
  "too many limit value arguments - {}, can only have up to two, `soft[:hard]`":
    "値が多すぎます（{1}）: soft[:hard] の 2 つまでです",
  "strconv.ParseInt: parsing {}: invalid syntax": "{1} は数ではありません",
  "ulimit soft limit must be less than or equal to hard limit: {} > {}":
    "ソフトリミットはハードリミット以下でなければなりません: {1} > {2}",
  'invalid argument {} for "--ulimit" flag: {*}': "--ulimit の値 {1} は使えません: {2}",
  "write NAME=SOFT or NAME=SOFT:HARD, for example nofile=1024:2048":
    "NAME=SOFT か NAME=SOFT:HARD で書いてください（例: nofile=1024:2048）",
  "invalid argument {} for \"--sysctl\" flag: sysctl '{}' is not allowed":
    "--sysctl の値 {1} は使えません: '{2}' は許されていません",
  "write NAME=VALUE, with a setting of namespaces: kernel.shm…, kernel.msg…, kernel.sem, fs.mqueue.… or net.…":
    "NAME=VALUE で、名前空間ごとの設定（kernel.shm…、kernel.msg…、kernel.sem、fs.mqueue.…、net.…）を書いてください",
  "Invalid value {}, range for oom score adj is [-1000, 1000]":
    "値 {1} は使えません: oom score adj は -1000 から 1000 までです",
  "1000 is ended first when memory is short": "メモリが足りないとき、1000 が最初に終了させられます",
  "invalid {*}: unknown capability: {}": "{1}: ケイパビリティ {2} はありません",
  "for example NET_ADMIN, SYS_PTRACE or ALL: see capabilities(7)":
    "例: NET_ADMIN、SYS_PTRACE、ALL（capabilities(7) を参照）",
  "cannot share a namespace with {}: it does not run": "{1} は実行中でないので、名前空間を共有できません",
  "there is no init for this machine's processor": "このマシンのプロセッサ向けの init はありません",
  "leave --init away, or use an image with an init of its own":
    "--init を付けないか、init を含むイメージを使ってください",
  "exec: the init came back": "exec: init が戻ってきました",
  "start it first": "先に開始してください",
  "it comes to {} instructions, and the kernel takes {}":
    "{1} 命令になりますが、カーネルが受け付けるのは {2} までです",
  "it is larger than {} bytes": "{1} バイトより大きいものは読みません",
  "unknown action {}": "動作 {1} はありません",
  "there is no argument {}": "引数 {1} はありません",
  "unknown comparison {}": "比較 {1} はありません",
  "Decoding seccomp profile failed: {*}": "seccomp プロファイルを解釈できません: {1}",
  "error gathering device information while adding custom device {}: no such file or directory":
    "デバイス {1} の情報が得られません: そのようなファイルはありません",
  "write DEVICE or DEVICE:PATH[:rwm], with a device of this machine":
    "このマシンのデバイスを DEVICE か DEVICE:PATH[:rwm] で書いてください",
  "cannot set the limit {}={}:{}: {}": "制限 {1}={2}:{3} を設定できません: {4}",
  "only root may raise a hard limit: 'ulimit -H -a' shows yours":
    "ハードリミットを上げられるのは root だけです。自分の値は 'ulimit -H -a' で分かります",
  "cannot set the OOM score to {}: {}": "OOM スコアを {1} にできません: {2}",
  "only root may lower it": "下げられるのは root だけです",
  "cannot set the kernel setting {}={}: {}": "カーネルの設定 {1}={2} ができません: {3}",
  "see whether this kernel has it, and whether it belongs to a namespace of the container":
    "このカーネルにその設定があるか、コンテナの名前空間に属するものかを確かめてください",
  "cannot use the AppArmor profile {}": "AppArmor プロファイル {1} は使えません",
  "load it with apparmor_parser, or use apparmor=unconfined":
    "apparmor_parser で読み込むか、apparmor=unconfined を使ってください",
  "Unable to find group {}: no matching entries in group file":
    "グループ {1} が見つかりません: group ファイルに該当する行がありません",
  "Most memory, for example 512m": "メモリの上限（例: 512m）",
  "Most memory and swap together; -1: any swap": "メモリとスワップの合計の上限。-1: スワップは無制限",
  "Memory it keeps when memory is short": "メモリが足りないときにも確保しておく量",
  "Most processors, for example 1.5": "使えるプロセッサの数の上限（例: 1.5）",
  "Share of busy processors (usual: 1024)": "プロセッサが混んでいるときの取り分（普通は 1024）",
  "Processor time in each period": "周期ごとに使えるプロセッサ時間",
  "Length of a period": "周期の長さ",
  "Processors it may use, for example 0-2,5": "使ってよいプロセッサ（例: 0-2,5）",
  "Memory nodes it may use": "使ってよいメモリノード",
  "Most processes and threads; -1: no limit": "プロセスとスレッドの数の上限。-1: 無制限",
  "Share of busy disks, 10 to 1000": "ディスクが混んでいるときの取り分（10 から 1000）",
  "Give it a capability, or ALL": "与えるケイパビリティ、または ALL",
  "Take a capability, or ALL": "取り上げるケイパビリティ、または ALL",
  "seccomp=FILE|unconfined, no-new-privileges, systempaths=unconfined, apparmor=PROFILE, label=disable":
    "seccomp=FILE|unconfined、no-new-privileges、systempaths=unconfined、apparmor=PROFILE、label=disable",
  "All capabilities and devices, nothing hidden": "すべてのケイパビリティとデバイスを与え、何も隠さない",
  "One more group, by name or number": "追加するグループ（名前か番号）",
  "A process 1 that passes signals on and reaps": "シグナルを渡し、終わった子を片付けるプロセス 1 を置く",
  "host or container:NAME: whose processes it sees": "host か container:NAME。どのプロセスが見えるか",
  "private (default), shareable, none, host or container:NAME":
    "private（既定）、shareable、none、host、container:NAME のどれか",
  "host: the machine's host name": "host: このマシンのホスト名を使う",
  "host: no user namespace of its own, as it is anyway":
    "host: 独自のユーザー名前空間を作らない（もともと作らない）",
  "private (default) or host": "private（既定）か host",
  "Control group to make its own below": "コンテナのコントロールグループの親",
  "Kernel setting of its namespaces": "名前空間ごとのカーネルの設定",
  "Limit of each process, for example nofile=1024": "プロセスごとの制限（例: nofile=1024）",
  "When memory is short: 1000 ends first, -1000 never":
    "メモリが足りないとき: 1000 は最初に終了、-1000 は終了しない",
  "Size of /dev/shm (default 64m)": "/dev/shm の大きさ（既定 64m）",
  "{} has no effect here: {*}": "{1} はここでは効果がありません: {2}",
  "there is no control group with the controller {}":
    "コントローラー {1} を持つコントロールグループがありません",
  "this kernel has no {}": "このカーネルには {1} がありません",
  "writing {} to {}: {}": "{2} に {1} を書けません: {3}",
  "All capabilities, no system call filter": "すべてのケイパビリティを与え、システムコールを制限しない",
  "you must provide one or more flags when using this command": "変えるものを 1 つ以上指定してください",
  "for example --memory 512m: see 'kasane update --help'":
    "例: --memory 512m（'kasane update --help' を参照）",
  "container {} is already paused": "コンテナ {1} はすでに一時停止しています",
  "container {} is not paused": "コンテナ {1} は一時停止していません",
  "container {} is paused": "コンテナ {1} は一時停止しています",
  "let it go on first: 'kasane unpause {}'": "先に再開してください: 'kasane unpause {1}'",
  "'kasane ps' shows which containers are paused": "一時停止しているコンテナは 'kasane ps' で分かります",
  "Show what containers take": "コンテナが使っている資源を表示する",
  "Stop every process of a container, for a while": "コンテナのすべてのプロセスを一時停止する",
  "Let paused containers go on": "一時停止したコンテナを再開する",
  "Change what containers may take": "コンテナが使える資源の上限を変える",
  "They are given no processor until 'unpause', and know nothing of it.":
    "'unpause' までプロセッサが与えられません。プロセス自身は気付きません。",
  "several at once": "複数をまとめて",
  "it stands still": "止まったままになる",
  "Of those that run, or of those that are named, every second until it is interrupted.":
    "実行中のもの、または指定したものについて、中断されるまで毎秒表示します。",
  "every second": "毎秒",
  once: "一度だけ",
  "for scripts": "スクリプト向け",
  Once: "一度だけ表示する",
  "it goes on where it stood": "止まったところから再開する",
  "Of containers that run, at once; of others, when they start. What is not named stays.":
    "実行中のコンテナではすぐに、そのほかでは次の開始から効きます。指定しなかったものはそのままです。",
  "other limits": "別の上限",
  "another restart policy": "別の再起動の方針",
  "no, on-failure[:COUNT], always or unless-stopped":
    "no、on-failure[:COUNT]、always、unless-stopped のどれか",
  "Unknown runtime specified {}": "知らないランタイムです: {1}",
  "install runc or crun, or name a program with their command line by its absolute path":
    "runc か crun をインストールするか、同じコマンドラインを持つプログラムを絶対パスで指定してください",
  "cannot hand {} to a runtime: it is no device": "{1} はデバイスではないので、ランタイムに渡せません",
  "name a device of this machine": "このマシンのデバイスを指定してください",
  "cannot show {} by a runtime: it is made of layers":
    "{1} はレイヤーからできているので、ランタイムでは見せられません",
  "leave --runtime away": "--runtime を付けずに実行してください",
  "runc, crun or another OCI runtime that is to run it": "コンテナを動かす runc、crun などの OCI ランタイム",
  "--gpus needs a runtime of the card's maker, which Kasane does not call":
    "--gpus にはカードのメーカーのランタイムが必要ですが、Kasane はそれを呼びません",
  "give the card's devices, for example --device /dev/dri, and mount its libraries with -v":
    "--device /dev/dri のようにカードのデバイスを渡し、ライブラリーを -v でマウントしてください",
  "Not here: see --device": "使えません。--device を見てください",
  "Invalid value: {}, valid memory swappiness range is 0-100":
    "値 {1} は使えません。memory swappiness の範囲は 0-100 です",
  "for example --memory-swappiness 10": "例: --memory-swappiness 10",
  'invalid argument {} for "--device-{}" flag: {*}':
    'フラグ "--device-{2}" の引数 {1} が正しくありません: {3}',
  "bad format: {}": "形式が違います: {1}",
  "bad format for device path: {}": "デバイスのパスの形式が違います: {1}",
  "invalid rate for device: {}": "デバイスの速さの値が違います: {1}",
  "write a disk and a rate, for example /dev/sda:1000":
    "/dev/sda:1000 のように、ディスクと速さを書いてください",
  "invalid argument {} for \"--device-cgroup-rule\" flag: invalid device cgroup format '{}'":
    "フラグ \"--device-cgroup-rule\" の引数 {1} が正しくありません: デバイスの規則の形式ではありません: '{2}'",
  "write c or b, the device's numbers and what is allowed, for example 'c 189:* rwm'":
    "'c 189:* rwm' のように、c か b、デバイスの番号、許すことを書いてください",
  "Devices that its control group lets it use, for example 'c 189:* rwm'":
    "コントロールグループが使わせるデバイス。例: 'c 189:* rwm'",
  "How readily its memory is swapped, 0 to 100": "メモリーのスワップされやすさ（0 から 100）",
  "Let its processes wait where memory is short, instead of ending them":
    "メモリーが足りないとき、プロセスを終わらせずに待たせる",
  "Most bytes a second that are read from a disk, for example /dev/sda:10m":
    "ディスクから 1 秒に読めるバイト数の上限。例: /dev/sda:10m",
  "Most bytes a second that are written to a disk": "ディスクに 1 秒に書けるバイト数の上限",
  "Most reads a second from a disk": "ディスクから 1 秒に読める回数の上限",
  "Most writes a second to a disk": "ディスクに 1 秒に書ける回数の上限",
};
