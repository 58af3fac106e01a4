import type { Catalogue } from "../catalogue.ts";

/** Working containers, and Kasane under the names of other programs. */
export const working: Catalogue = {
  // Errors and hints.
  "'kasane containers' lists what there is": "'kasane containers' で一覧を表示します",
  "no such working container: {}": "作業コンテナ {1} はありません",
  "it is a container of 'run' or 'create'; 'kasane from IMAGE' makes a working container":
    "それは 'run' か 'create' のコンテナです。作業コンテナは 'kasane from IMAGE' で作ります",
  "letters, digits, and after the first of them _ . -": "英数字です。2 文字目からは _ . - も使えます",
  "no container is named": "コンテナが指定されていません",
  "name containers, or give --all": "コンテナを指定するか、--all を付けてください",
  "--all takes no containers": "--all にはコンテナを指定できません",
  "no image is named": "イメージが指定されていません",
  "name images, or give --all": "イメージを指定するか、--all を付けてください",
  "--all takes no images": "--all にはイメージを指定できません",
  '"kasane rm" requires at least 1 argument': '"kasane rm" には引数が 1 個以上必要です',
  "no command is given to run in {}": "{1} の中で実行するコマンドが指定されていません",
  "write it after the container's name: a working container runs no command of its image":
    "コンテナ名の後に書いてください。作業コンテナはイメージのコマンドを実行しません",
  "--{} is for new containers": "--{1} は新しいコンテナのためのものです",
  "{} is a working container; an image of that name is meant by {}:TAG":
    "{1} は作業コンテナです。同じ名前のイメージは {2}:TAG と書いてください",
  "--{} is for working containers, which 'from' makes": "--{1} は 'from' で作る作業コンテナのためのものです",
  "leave it out": "付けないでください",
  "--change, --author and --message are for containers of 'run'":
    "--change、--author、--message は 'run' のコンテナのためのものです",
  "say it with config first: config --author NAME, --history-comment TEXT, --cmd COMMAND":
    "先に config で指定してください: config --author NAME、--history-comment TEXT、--cmd COMMAND",
  "unrecognized image type {}": "イメージの形式 {1} は未知のものです",
  "oci or docker": "oci か docker です",
  "a timestamp is seconds since 1970, not {}": "タイムスタンプは 1970 年からの秒数です: {1}",
  "for example 'date +%s' prints the one of now": "例えば 'date +%s' で今の値を表示します",
  "no path is given for {}": "{1} のパスが指定されていません",
  "write it after the colon": "コロンの後に書いてください",
  "an OCI image has no place for {}: --format docker keeps that":
    "OCI イメージには {1} を入れる場所がありません。--format docker なら残ります",
  "Committed {} to {}": "{1} を {2} にコミットしました",
  "an ordinary user cannot mount here: nobody outside would see it":
    "一般ユーザーはここではマウントできません: 外からは見えないためです",
  "start a shell (or your script) with 'kasane unshare', and mount in there":
    "'kasane unshare' でシェル（またはスクリプト）を起動し、その中でマウントしてください",
  "--ignorefile needs --contextdir": "--ignorefile には --contextdir が必要です",
  "its patterns are for paths in that directory": "パターンはそのディレクトリの中のパスに対するものです",
  "check the path; it is told from the current directory":
    "パスを確かめてください。カレントディレクトリから見たものです",
  "unknown pull policy {}": "pull の方針 {1} は未知のものです",
  "missing, true, always or never": "missing、true、always、never のどれかです",
  "the image that is here is used: {*}": "手元にあるイメージを使います: {1}",
  "leave the name out for its first image": "名前を省くと最初のイメージになります",
  "invalid mount {}": "マウント {1} は使えません",
  "type=bind,source=PATH,target=PATH[,ro] and type=tmpfs,target=PATH can be mounted":
    "マウントできるのは type=bind,source=PATH,target=PATH[,ro] と type=tmpfs,target=PATH です",
  "the command {} stays, and is given to the new entrypoint as arguments":
    "コマンド {1} は残り、新しいエントリーポイントに引数として渡されます",
  "the command {} stays, but an entrypoint of the shell's form does not look at it":
    "コマンド {1} は残りますが、シェル形式のエントリーポイントはそれを見ません",
  "the container has no environment variable {}: {} gets its name instead":
    "コンテナに環境変数 {1} がありません: {2} にはその名前が入ります",
  "cannot set the environment variable {}: it has no name": "環境変数 {1} を設定できません: 名前がありません",
  "cannot set the environment variable {}: it has no value": "環境変数 {1} を設定できません: 値がありません",
  "write NAME=VALUE, NAME for the value it has here, or NAME- to take it away":
    "NAME=VALUE、ここでの値を使うなら NAME、取り除くなら NAME- と書いてください",
  "write a number with a unit, for example 90s or 1h30m": "90s や 1h30m のように単位を付けて書いてください",
  "write another {} at its end": "終わりに {1} を書いてください",
  "--all-tags and a destination cannot be used together": "--all-tags と宛先は同時に指定できません",
  "there is no grammar of {}": "{1} の文法はありません",
  "it can be {}": "使えるのは {1} です",
  "{} is there already, and is no link to Kasane": "{1} はすでにあり、Kasane へのリンクではありません",
  "choose another directory, or replace it with --force":
    "別のディレクトリにするか、--force で置き換えてください",
  'To use them first: export PATH="{}:$PATH"': 'これらを優先して使うには: export PATH="{1}:$PATH"',
  "'{} {}' is not in Kasane yet": "'{1} {2}' はまだ Kasane にありません",
  "what there is: {}": "あるもの: {1}",
  "'{}' is not a {} command": "'{1}' は {2} のコマンドではありません",
  "did you mean '{} {}'?": "'{1} {2}' のことですか？",
  "unknown flag of {}: {}": "{1} の未知のフラグです: {2}",
  "flags of a command stand after it": "コマンドのフラグはコマンドの後に書きます",
  "write {} VALUE": "{1} VALUE と書いてください",
  "invalid image name {}: it begins with no transport":
    "イメージ名 {1} は使えません: トランスポートで始まっていません",
  "docker://NAME, docker-archive:FILE, oci-archive:FILE, oci:DIR or dir:DIR can be read":
    "読めるのは docker://NAME、docker-archive:FILE、oci-archive:FILE、oci:DIR、dir:DIR です",
  "only images in a registry can be deleted so": "こうして削除できるのはレジストリのイメージだけです",
  "write docker://NAME; files and directories are removed with rm":
    "docker://NAME と書いてください。ファイルとディレクトリは rm で削除します",
  "{} has no image {}:{}": "{1} にイメージ {2}:{3} はありません",
  "{} has no image {}@{}": "{1} にイメージ {2}@{3} はありません",
  "'kasane skopeo list-tags docker://{}/{}' shows what there is":
    "'kasane skopeo list-tags docker://{1}/{2}' で一覧を表示します",
  "{} names one image; tags are those of a repository":
    "{1} は 1 個のイメージを指しています。タグはリポジトリのものです",
  "leave tag and digest out": "タグとダイジェストを省いてください",

  // Help.
  "Working containers": "作業コンテナ",
  "Make a working container from an image, or from nothing":
    "イメージから、または何もないところから作業コンテナを作る",
  "Prints its name. It is changed command by command (mount, copy, add, run, config) and made an image by commit. IMAGE may also be docker://NAME, docker-archive:FILE, oci-archive:FILE, oci:DIR or dir:DIR.":
    "名前を表示します。コマンドごとに（mount、copy、add、run、config）変更し、commit でイメージにします。IMAGE には docker://NAME、docker-archive:FILE、oci-archive:FILE、oci:DIR、dir:DIR も書けます。",
  "called debian-working-container": "名前は debian-working-container になる",
  "from nothing, under a name of one's own": "何もないところから、好きな名前で",
  "with the image as its registry has it now": "レジストリに今あるイメージで",
  "Name of the container": "コンテナの名前",
  "missing (default), true (what is newer, if the registry can be reached), always or never":
    "missing（既定）、true（レジストリに届けば新しいほう）、always、never",
  "As --pull=always": "--pull=always と同じ",
  "As --pull=never": "--pull=never と同じ",
  "Its architecture alone": "アーキテクチャだけを指定",
  "Its operating system alone": "OS だけを指定",
  "Its variant alone": "バリアントだけを指定",
  "Write the container's ID to a file": "コンテナの ID をファイルに書く",
  "No effect: the format is for commit to say": "効果なし（形式は commit で指定する）",
  "No effect, for buildah's sake": "効果なし（buildah との互換のため）",
  "No effect, for skopeo's sake": "効果なし（skopeo との互換のため）",
  "Mount the files of working containers, to be changed with any program":
    "作業コンテナのファイルをマウントし、どのプログラムでも変更できるようにする",
  "Prints the directory; of several containers, each with its name; without one, what is mounted. It stays mounted until umount, rm, or the machine is started again. An ordinary user mounts inside 'kasane unshare'.":
    "ディレクトリを表示します。複数なら名前とともに、指定がなければマウント中のものを表示します。umount か rm をするか、マシンを再起動するまでマウントされたままです。一般ユーザーは 'kasane unshare' の中でマウントします。",
  "prints where its root directory is": "ルートディレクトリの場所を表示する",
  "what is mounted": "マウント中のもの",
  "without root": "root なしで",
  "Unmount working containers": "作業コンテナをアンマウントする",
  "What was changed there stays in the container. Prints the ID of each that was mounted.":
    "そこで変更したものはコンテナに残ります。マウントされていたものの ID を表示します。",
  one: "1 個",
  "all that are mounted": "マウント中のものすべて",
  "All that are mounted": "マウント中のものすべて",
  "Mount the files of images, to be read with any program":
    "イメージのファイルをマウントし、どのプログラムでも読めるようにする",
  "Read-only. Prints the directory; of several images, each with its name; without one, what is mounted. An ordinary user mounts inside 'kasane unshare'.":
    "読み取り専用です。ディレクトリを表示します。複数なら名前とともに、指定がなければマウント中のものを表示します。一般ユーザーは 'kasane unshare' の中でマウントします。",
  "All images": "すべてのイメージ",
  "Unmount images": "イメージをアンマウントする",
  "Prints the ID of each that was mounted.": "マウントされていたものの ID を表示します。",
  "Copy files into a working container": "作業コンテナにファイルをコピーする",
  "As COPY does; a SOURCE may be an address, too. Without DESTINATION (or with one that is no absolute path) the container's working directory is meant. Prints the digest of what was copied.":
    "COPY と同じです。SOURCE にはアドレスも書けます。DESTINATION がないか絶対パスでなければ、コンテナの作業ディレクトリが基準になります。コピーしたもののダイジェストを表示します。",
  "what is in a directory": "ディレクトリの中身",
  "with owner and mode": "所有者とモードを指定して",
  "out of an image": "イメージの中から",
  "Owner of what is copied (default: root)": "コピーするものの所有者（既定は root）",
  "Mode of what is copied": "コピーするもののモード",
  "Copy from a working container or image instead of this machine":
    "このマシンではなく、作業コンテナかイメージからコピーする",
  "Sources are paths in this directory": "コピー元はこのディレクトリの中のパス",
  "Patterns of what is left out of --contextdir, as in .dockerignore":
    "--contextdir から除くもののパターン（.dockerignore と同じ形）",
  "An entry in the image's history, too (default: what BUILDAH_HISTORY says)":
    "イメージの履歴にも残す（既定は BUILDAH_HISTORY の値）",
  "Do not print the digest of what was copied": "コピーしたもののダイジェストを表示しない",
  "Copy files into a working container, and unpack archives there":
    "作業コンテナにファイルをコピーし、アーカイブは展開する",
  "As ADD does: a local tar, compressed or not, is unpacked; what an address gives is not. Otherwise as copy.":
    "ADD と同じです。手元の tar は圧縮の有無によらず展開し、アドレスから得たものは展開しません。ほかは copy と同じです。",
  "unpack an archive": "アーカイブを展開する",
  "download a file": "ファイルをダウンロードする",
  "Change what the image of a working container will be": "作業コンテナから作るイメージの設定を変える",
  "In lists (--env, --label, --annotation, --port, --volume, --os-feature) a name with - at its end takes an entry away. --cmd and --shell are words as a shell splits them, or a JSON list; --entrypoint is a JSON list, or a text for /bin/sh -c.":
    "リスト（--env、--label、--annotation、--port、--volume、--os-feature）では、終わりに - を付けた名前で項目を取り除きます。--cmd と --shell はシェルと同じように分ける語か JSON のリスト、--entrypoint は JSON のリストか /bin/sh -c に渡すテキストです。",
  "what will run": "実行するもの",
  "as a program, by a user": "プログラムとして、あるユーザーで",
  "set one, take one away": "1 個を設定し、1 個を取り除く",
  "Annotation of the image": "イメージの注釈",
  "Command, unless whoever runs it names one": "実行する人が指定しないときのコマンド",
  "Comment (docker format only)": "コメント（docker 形式だけ）",
  "What made the layer, for the history": "レイヤーを作ったもの（履歴のため）",
  "Domain name (docker format only)": "ドメイン名（docker 形式だけ）",
  "Program that the command is given to": "コマンドを渡すプログラム",
  "Health check (docker format only)": "ヘルスチェック（docker 形式だけ）",
  "Time between two health checks": "ヘルスチェックの間隔",
  "Failures in a row that mean unhealthy": "異常とみなす連続失敗の回数",
  "Time in which failures do not count": "失敗を数えない期間",
  "How long a health check may take": "ヘルスチェックにかけてよい時間",
  "Host name (docker format only)": "ホスト名（docker 形式だけ）",
  Label: "ラベル",
  "Trigger (docker format only)": "トリガー（docker 形式だけ）",
  "Feature of the system it needs": "必要なシステムの機能",
  "Version of the system it needs": "必要なシステムの版",
  "Port it listens on": "待ち受けるポート",
  "Shell (docker format only)": "シェル（docker 形式だけ）",
  "Signal that ends it": "終了させるシグナル",
  "User it runs as": "実行するユーザー",
  Volume: "ボリューム",
  "Directory it runs in": "実行するディレクトリ",
  "List working containers": "作業コンテナの一覧を表示する",
  "what 'from' made": "'from' で作ったもの",
  "those of 'run' and 'create' as well": "'run' と 'create' のものも",
  "Other containers as well": "ほかのコンテナも",
  "No column headings": "列の見出しを付けない",
  "Whole IDs and names": "ID と名前を省略しない",
  "Run a command in a working container": "作業コンテナの中でコマンドを実行する",
  "As the container's user, in its directory, with its environment; its entrypoint has no part in it. What the command changes stays in the container. Ends with the command's exit code.":
    "コンテナのユーザー、ディレクトリ、環境変数で実行します。エントリーポイントは使いません。コマンドが変更したものはコンテナに残ります。コマンドの終了コードで終わります。",
  "a program of the container": "コンテナの中のプログラム",
  "as a user, with a directory of this machine": "あるユーザーで、このマシンのディレクトリとともに",
  "Environment variable for this command": "このコマンドだけの環境変数",
  "As --network": "--network と同じ",
  "As --terminal": "--terminal と同じ",
  "A bind or tmpfs mount, as docker writes it": "bind か tmpfs のマウント（docker の書き方）",
  "Directory to run in": "実行するディレクトリ",
  "Show everything about a working container or image, as buildah does":
    "作業コンテナやイメージのすべてを buildah の形で表示する",
  "what its image will be": "どんなイメージになるか",
  "an image": "イメージ",
  "container or image (default: a container, else an image)":
    "container か image（既定はコンテナ、なければイメージ）",
  "Remove working containers": "作業コンテナを削除する",
  "They are unmounted first. Prints the ID of each. Containers of 'run' and 'create' stay.":
    "先にアンマウントします。それぞれの ID を表示します。'run' と 'create' のコンテナは残ります。",
  "all working containers": "すべての作業コンテナ",
  "All working containers": "すべての作業コンテナ",
  "Of a working container (made by 'from') it is buildah's commit: the image gets what 'config' was told, and may go to docker://NAME, docker-archive:FILE[:NAME], oci-archive:FILE, oci:DIR[:REF] or dir:DIR as well.":
    "'from' で作った作業コンテナでは buildah の commit になります。イメージには 'config' の設定が入り、docker://NAME、docker-archive:FILE[:NAME]、oci-archive:FILE、oci:DIR[:REF]、dir:DIR にも出せます。",
  "a working container, as one layer": "作業コンテナを 1 個のレイヤーにして",
  "Of a working container's image: oci (default) or docker, whose images also have a health check, a shell and triggers":
    "作業コンテナのイメージの形式。oci（既定）か docker（ヘルスチェック、シェル、トリガーも入る）",
  "Of a working container: one layer with everything": "作業コンテナのすべてを 1 個のレイヤーにする",
  "Remove the working container afterwards": "終わったら作業コンテナを削除する",
  "Write the image's ID to a file": "イメージの ID をファイルに書く",
  "Time of a working container's image and files (default: SOURCE_DATE_EPOCH, else now)":
    "作業コンテナのイメージとファイルの時刻（既定は SOURCE_DATE_EPOCH、なければ今）",
  "A working container's image without history": "作業コンテナのイメージに履歴を付けない",
  "Leave an environment variable out of a working container's image":
    "作業コンテナのイメージから環境変数を除く",
  "Do not compress a working container's layer": "作業コンテナのレイヤーを圧縮しない",
  "Working containers, which 'from' makes, are listed by 'containers'.":
    "'from' で作る作業コンテナは 'containers' で一覧を表示します。",
  "All containers that do not run, working containers too":
    "実行中でないコンテナすべて（作業コンテナも含む）",
  "Ends with the command's exit code; 125 where the container could not be made, 126 and 127 where the command cannot be run. Where IMAGE is the name or ID of a working container (made by 'from'), the command runs in that one: see 'kasane buildah run'.":
    "コマンドの終了コードで終わります。コンテナを作れなければ 125、コマンドを実行できなければ 126 か 127 です。IMAGE が作業コンテナ（'from' で作ったもの）の名前か ID なら、コマンドはその中で実行します。'kasane buildah run' を参照してください。",
  "The name says where to: tag the image with the registry's host first, or give a DESTINATION: another name, docker://NAME, docker-archive:FILE[:NAME], oci-archive:FILE, oci:DIR[:REF] or dir:DIR. Blobs the registry has are not sent.":
    "送り先は名前で決まります。先にレジストリのホストを付けたタグを付けるか、DESTINATION に別の名前、docker://NAME、docker-archive:FILE[:NAME]、oci-archive:FILE、oci:DIR[:REF]、dir:DIR を指定します。レジストリにあるブロブは送りません。",
  "under another name, without a tag for it here": "別の名前で、ここにはタグを付けずに",
  "with the mounted directory of a working container in a variable":
    "作業コンテナをマウントしたディレクトリを変数に入れて",
  "Mount a working container, and put its directory in a variable (default: of its name)":
    "作業コンテナをマウントし、ディレクトリを変数に入れる（既定は同じ名前の変数）",
  "Make links named docker, podman, buildah and skopeo to Kasane":
    "docker、podman、buildah、skopeo という名前の Kasane へのリンクを作る",
  "Called by such a name, Kasane reads the command line as that program does. With DIRECTORY at the front of PATH, scripts use Kasane without being changed.":
    "その名前で呼ばれた Kasane は、そのプログラムと同じようにコマンドラインを読みます。DIRECTORY を PATH の先頭に置けば、スクリプトを変えずに Kasane を使えます。",
  "all four": "4 個すべて",
  "one of them": "そのうち 1 個",
  "Replace files of these names that are no links to Kasane":
    "同じ名前で Kasane へのリンクではないファイルを置き換える",
  "Show an image of a registry, archive or directory as skopeo does":
    "レジストリ、アーカイブ、ディレクトリのイメージを skopeo の形で表示する",
  "Nothing is brought into the store. TRANSPORT:NAME is docker://NAME, docker-archive:FILE, oci-archive:FILE, oci:DIR or dir:DIR.":
    "ストアには何も入りません。TRANSPORT:NAME は docker://NAME、docker-archive:FILE、oci-archive:FILE、oci:DIR、dir:DIR です。",
  "digest, tags, layers, environment": "ダイジェスト、タグ、レイヤー、環境変数",
  "its configuration": "設定",
  "The image's configuration": "イメージの設定",
  "Manifest or configuration as it is, byte for byte": "マニフェストか設定を 1 バイトも変えずに",
  "Do not list the repository's tags": "リポジトリのタグを並べない",
  "Architecture of a multi-platform image": "マルチプラットフォームイメージのアーキテクチャ",
  "Operating system of a multi-platform image": "マルチプラットフォームイメージの OS",
  "Variant of a multi-platform image": "マルチプラットフォームイメージのバリアント",
  "List the tags of a repository in a registry": "レジストリにあるリポジトリのタグを並べる",
  "as JSON": "JSON で",
  "Delete an image from a registry": "レジストリからイメージを削除する",
  "The manifest goes, and with it every tag that it has.":
    "マニフェストと、それに付いたタグがすべて消えます。",
  "an image by its tag": "タグで指定したイメージ",
  "over plain HTTP": "暗号化しない HTTP で",
  "the names in an archive": "アーカイブの中の名前",
};
