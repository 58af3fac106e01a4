import type { Catalogue } from "../catalogue.ts";

export const volumes: Catalogue = {
  // commands
  "Show everything about volumes as JSON": "ボリュームのすべてを JSON で表示する",
  "Ask whether there is a volume": "ボリュームがあるかどうかを調べる",
  "Remove volumes and everything in them": "ボリュームを中身ごと削除する",
  "Remove volumes that no container has": "どのコンテナも使っていないボリュームを削除する",
  "Make a volume": "ボリュームを作る",
  "List volumes": "ボリュームを一覧表示する",
  "Also the volumes that were made for them and have no name of somebody's choice":
    "そのコンテナのために作られた、名前を付けられていないボリュームも",
  "Also anonymous volumes that no container has": "どのコンテナも使っていない匿名ボリュームも",
  "Prints its name; without one it gets a random name. A volume of that name that is there already stays as it is. Containers get it with -v VOLUME:/PATH.":
    "名前を出力します。名前を指定しなければ無作為な名前になります。同じ名前のボリュームがすでにあれば、そのまま残します。コンテナには -v ボリューム:/パス で渡します。",
  "files that live longer than containers": "コンテナより長く残るファイル",
  "with a label, to find it by": "探すためのラベルを付けて",
  "a directory of this machine under a name": "このマシンのディレクトリに名前を付ける",
  "local (default), the only one": "local（既定）。ほかにはありません",
  "create {}: error looking up volume plugin {}: plugin {} not found":
    "{1} を作れません: ボリュームプラグイン {2} を使えません: プラグイン {3} が見つかりません",
  "Label of the volume": "ボリュームのラベル",
  "Option of the driver": "ドライバーのオプション",
  "As the argument": "引数と同じ",
  "error looking up volume plugin {}: plugin {} not found":
    "ボリュームプラグイン {1} を使えません: プラグイン {2} が見つかりません",
  "the only driver is local": "ドライバーは local だけです",
  "Ends with 0 where there is one, and with 1 where not.": "あれば 0、なければ 1 で終わります。",
  "in a script, before it is created": "スクリプトで、作る前に調べる",
  "labels, options, where its files are": "ラベル、オプション、ファイルの場所",
  "the directory of its files": "ファイルのあるディレクトリ",
  "every volume": "すべてのボリューム",
  "the names of those that no container has": "どのコンテナも使っていないものの名前",
  "where their files are": "ファイルの場所",
  "Only what matches: dangling=true, driver=local, label=KEY[=VALUE], name=NAME":
    "当てはまるものだけ: dangling=true, driver=local, label=キー[=値], name=名前",
  "Only names": "名前だけ",
  "Only those without a name of somebody's choice, which were made for containers that are gone. With --all also the others, and whatever is in them.":
    "名前を付けられていない、もうないコンテナのために作られたものだけです。--all を付けると、ほかのものも中身ごと削除します。",
  "what removed containers have left": "削除されたコンテナが残したもの",
  "every unused volume of a label, without asking":
    "あるラベルの付いた使われていないボリュームすべて。確認しない",
  "Also volumes that were given a name": "名前を付けられたボリュームも",
  "Only what matches: label=KEY[=VALUE], label!=KEY[=VALUE]":
    "当てはまるものだけ: label=キー[=値], label!=キー[=値]",
  "WARNING! This will remove all local volumes not used by at least one container.":
    "警告！ どのコンテナも使っていないローカルボリュームをすべて削除します。",
  "WARNING! This will remove anonymous local volumes not used by at least one container.":
    "警告！ どのコンテナも使っていない匿名のローカルボリュームを削除します。",
  "all anonymous volumes not used by at least one container":
    "どのコンテナも使っていない匿名ボリュームすべて",
  "One that a container has, running or not, cannot be removed.":
    "コンテナが使っているものは、実行中でなくても削除できません。",
  "with all its files": "ファイルもすべて",
  "no error for those that are not there": "ないものがあってもエラーにしない",
  "No error for volumes that are not there": "ボリュームがなくてもエラーにしない",
  "Every volume, for podman's sake": "すべてのボリューム（podman に合わせるため）",
  '"kasane volume rm" requires at least 1 argument': '"kasane volume rm" には引数が 1 つ以上必要です',

  "What the container wrote goes with it; its image and its volumes stay. A working container is unmounted first.":
    "コンテナが書いたものは一緒に消えます。イメージとボリュームは残ります。作業コンテナは先にアンマウントされます。",
  "Stopped containers, networks that no container uses, images without a name, and build cache that no image has. With a label filter the build cache stays: it has no labels. With --volumes also the volumes that were made for containers and that none has any more.":
    "停止したコンテナ、どのコンテナも使っていないネットワーク、名前のないイメージ、どのイメージにもないビルドキャッシュを削除します。ラベルで絞り込むとビルドキャッシュは残ります。ラベルがないからです。--volumes を付けると、コンテナのために作られ、もうどのコンテナも使っていないボリュームも削除します。",

  // flags
  "A volume by name, or a directory or file of this machine; only TARGET: a new volume":
    "ボリュームの名前か、このマシンのディレクトリやファイル。マウント先だけなら新しいボリューム",
  "The same in words: type=bind, volume, tmpfs or image, src=, dst=, ro":
    "同じことを語で: type=bind、volume、tmpfs、image と src=、dst=、ro",
  "A directory in memory, empty at each start": "メモリー上のディレクトリ。起動のたびに空になる",
  "The volumes and directories that another container has": "別のコンテナが持つボリュームとディレクトリ",
  "With --read-only, /tmp, /run and /var/tmp in memory, as podman has them":
    "--read-only のとき、podman と同じく /tmp、/run、/var/tmp をメモリー上に置く",
  "target is required": "target が必要です",
  "cannot mix '{}-*' options with mount type '{}'":
    "マウントの種類 '{2}' に '{1}-*' のオプションは使えません",
  "invalid value for bind-recursive: {}": "bind-recursive の値 {1} は使えません",
  "invalid value for volume-subpath: {}": "volume-subpath の値 {1} は使えません",
  "invalid value for tmpfs-size: {}": "tmpfs-size の値 {1} は使えません",
  "invalid value for tmpfs-mode: {}": "tmpfs-mode の値 {1} は使えません",
  "invalid field '{}' must be a key=value pair": "フィールド '{1}' は キー=値 の形でなければなりません",
  "unexpected key '{}' in '{}'": "'{2}' のキー '{1}' は未知のものです",
  "invalid value for {*}: {}": "{1} の値 {2} は使えません",
  'invalid argument {} for "--mount" flag: {*}': '"--mount" フラグの引数 {1} は使えません: {2}',
  "for example type=bind,src=/PATH,dst=/PATH,ro or type=volume,src=NAME,dst=/PATH or type=tmpfs,dst=/PATH":
    "例: type=bind,src=/パス,dst=/パス,ro や type=volume,src=名前,dst=/パス や type=tmpfs,dst=/パス",
  "mount type unknown": "マウントの種類が未知のものです",
  "the types are bind, volume, tmpfs and image": "種類は bind、volume、tmpfs、image です",
  "field Source must not be empty": "Source が空です",
  "field Source must not be specified": "Source は指定できません",
  "name an image with source=": "source= でイメージを指定してください",
  "name a path with source=": "source= でパスを指定してください",
  "name the volume with source=": "source= でボリュームの名前を指定してください",
  "a tmpfs begins empty": "tmpfs は空で始まります",
  "write /PATH or ./PATH": "/パス か ./パス と書いてください",
  "invalid propagation mode: {}": "伝播モード {1} は使えません",
  "invalid mount path: '{}' mount path must be absolute":
    "マウントのパス '{1}' は絶対パスでなければなりません",
  "must not set ReadOnly mode when using anonymous volumes": "匿名ボリュームは読み取り専用にできません",
  "invalid mount config for type {}: {*}": "種類 {1} のマウントの設定が正しくありません: {2}",
  "invalid mount config for type \"{*}\": invalid mount path: '{}' mount path must be absolute":
    "種類 \"{1}\" のマウントの設定が正しくありません: マウントのパス '{2}' は絶対パスでなければなりません",
  "invalid mount config for type \"{*}\": invalid specification: destination can't be '/'":
    "種類 \"{1}\" のマウントの設定が正しくありません: マウント先を '/' にはできません",
  "it is a path inside the container, and begins with /": "コンテナの中のパスで、/ で始まります",
  "the container's own root is there: choose a path below it":
    "そこはコンテナ自身のルートです。その下のパスを選んでください",
  "invalid tmpfs option [{}]": "tmpfs のオプション [{1}] は使えません",
  "for example size=64m, mode=1777, uid=1000, ro, exec": "例: size=64m, mode=1777, uid=1000, ro, exec",
  "cannot mount the volume {} here: only directories and files can be":
    "ボリューム {1} はここではマウントできません: ディレクトリとファイルだけです",
  "invalid mode: {}": "モード {1} は使えません",
  "options are ro, rw, nocopy, z, Z, U, and rprivate, rslave or rshared":
    "オプションは ro、rw、nocopy、z、Z、U と、rprivate、rslave、rshared のどれかです",
  "invalid volume specification: '{}'": "ボリュームの指定 '{1}' は正しくありません",
  "write SOURCE:TARGET, SOURCE:TARGET:ro, or only /TARGET for a new volume":
    "マウント元:マウント先 か マウント元:マウント先:ro、新しいボリュームなら /マウント先 だけを書いてください",
  "invalid volume specification: '{}': invalid mount config for type \"{*}\": field {*} must not be specified":
    "ボリュームの指定 '{1}' は正しくありません: 種類 \"{2}\" のマウントに {3} は指定できません",
  "nocopy is for volumes, propagation for directories of this machine":
    "nocopy はボリュームのため、伝播はこのマシンのディレクトリのためのものです",

  // making containers and volumes
  "no such network: {}": "そのようなネットワークはありません: {1}",
  "'kasane network ls' lists those there are": "あるものは 'kasane network ls' で一覧できます",
  "prune volumes by themselves: 'kasane volume prune'":
    "ボリュームは別に 'kasane volume prune' で整理してください",
  "the types are container, image, network and volume": "種類は container、image、network、volume です",
  "Duplicate mount point: {}": "マウント先 {1} が重なっています",
  "one place can show one thing: take one of the two away":
    "1 つの場所に見せられるのは 1 つだけです。どちらかを取り除いてください",
  'invalid mount config for type "bind": bind source path does not exist: {}':
    '種類 "bind" のマウントの設定が正しくありません: マウント元 {1} がありません',
  "make it first; -v makes a missing directory by itself":
    "先に作ってください。-v なら、ないディレクトリは自動で作られます",
  "volumes-from specification cannot be an empty string": "volumes-from の指定が空です",
  "write --volumes-from CONTAINER or CONTAINER:ro": "--volumes-from コンテナ か コンテナ:ro と書いてください",
  "ro or rw": "ro か rw です",
  "create {}: invalid option: {}": "{1} を作れません: オプション {2} は使えません",
  "the options are type, o and device": "オプションは type、o、device です",
  "create {}: missing device in volume options": "{1} を作れません: オプションに device がありません",
  "write --opt type=none --opt o=bind --opt device=/DIRECTORY":
    "--opt type=none --opt o=bind --opt device=/ディレクトリ と書いてください",
  "create {}: a volume of type {*} cannot be mounted":
    "{1} を作れません: 種類 {2} のボリュームはマウントできません",
  "only directories of this machine can be: --opt type=none --opt o=bind --opt device=/DIRECTORY":
    "できるのはこのマシンのディレクトリだけです: --opt type=none --opt o=bind --opt device=/ディレクトリ",
  "a volume named {} exists already, with other options":
    "{1} という名前のボリュームが、別のオプションですでにあります",
  "remove it, or choose another name": "それを削除するか、別の名前を選んでください",
  "create {}: volume name is too short, names should be at least two alphanumeric characters":
    "{1} を作れません: ボリュームの名前が短すぎます。英数字 2 文字以上にしてください",
  "choose a longer one": "もっと長い名前を選んでください",
  'create {}: {} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed':
    '{1} を作れません: {2} にはボリュームの名前に使えない文字があります。使えるのは "[a-zA-Z0-9][a-zA-Z0-9_.-]" だけです',
  "if you intended to pass a host directory, use an absolute path":
    "このマシンのディレクトリのつもりなら、絶対パスを書いてください",
  "no such volume: {}": "ボリューム {1} はありません",
  "'kasane volume ls' lists what there is": "'kasane volume ls' であるものを一覧できます",
  "a container that is being made": "作られている最中のコンテナ",
  "remove {}: volume is in use - [{*}]": "{1} を削除できません: ボリュームは使用中です - [{2}]",
  "remove the containers that have it first: 'kasane ps -a --filter volume=NAME' lists them":
    "先にそれを使うコンテナを削除してください。'kasane ps -a --filter volume=名前' で一覧できます",
  "make the volume {}": "ボリューム {1} の作成",
  "remove the volume {}": "ボリューム {1} の削除",
  "read the volume {}": "ボリューム {1} の読み取り",
  "list volumes": "ボリュームの一覧",
  "the volume {} cannot be read: its volume.json is damaged":
    "ボリューム {1} を読めません: volume.json が壊れています",
  "'kasane fsck --repair' makes it again; its labels are lost, its files are not":
    "'kasane fsck --repair' で作り直せます。ラベルは失われますが、ファイルは失われません",
  "the volume {} was made by another version of kasane": "ボリューム {1} は別の版の kasane が作ったものです",
  "use that version": "その版を使ってください",
  "not an object": "オブジェクトではありません",

  "cannot copy to {}:{}: what is mounted at {} is read-only":
    "{1}:{2} にコピーできません: {3} にマウントされているものは読み取り専用です",
  "it was mounted with ro": "ro を付けてマウントされています",

  // inside
  "cannot mount {} of {} at {}: it does not exist": "{2} の {1} を {3} にマウントできません: 存在しません",
  "a part of a volume has to be there before it is mounted":
    "ボリュームの一部は、マウントする前からそこになければなりません",
  "path {} is mounted on {} but it is not a shared or slave mount":
    "パス {1} は {2} にマウントされていますが、shared でも slave でもありません",
  "path {} is mounted on {} but it is not a shared mount":
    "パス {1} は {2} にマウントされていますが、shared ではありません",
  "make it one with 'mount --make-shared' as root; without root nothing is passed on":
    "root で 'mount --make-shared' を使ってください。root でなければ何も伝わりません",
  "Write what is in a volume as a tar": "ボリュームの中身を tar として書き出す",
  "Unpack a tar into a volume": "tar をボリュームに展開する",
  "Also while containers use it: what they write meanwhile may be in it or not.":
    "コンテナが使っている間もできます。その間に書かれたものは、入ることも入らないこともあります。",
  "a copy to keep": "保存用の写しを作る",
  "what is in it": "中身を見る",
  "Over what is there. The tar (plain, gzip, zstd, xz, bzip2) is read from standard input where FILE is - or left away.":
    "すでにあるものの上に展開します。FILE が - のとき、または省略したときは、tar（無圧縮、gzip、zstd、xz、bzip2）を標準入力から読みます。",
  "what volume export wrote": "volume export が書き出したものを展開する",
  "from one volume to another": "ボリュームから別のボリュームへ",
  "cannot read {}: it does not exist": "{1} を読めません: 存在しません",
  "name a tar file, or - for standard input": "tar ファイルを指定するか、標準入力なら - を指定してください",
};
