import type { Catalogue } from "../catalogue.ts";

export const help: Catalogue = {
  "Write to a file instead of standard output": "標準出力の代わりに書き出すファイル",
  "refusing to write an archive to a terminal": "アーカイブを端末に書き出すことはできません",
  "use -o FILE or redirect the output": "-o FILE を使うか、出力をリダイレクトしてください",
  Images: "イメージ",
  "Build an image from a Dockerfile": "Dockerfile からイメージをビルドする",
  "Download an image from a registry": "レジストリからイメージをダウンロードする",
  "Upload an image to a registry": "レジストリにイメージをアップロードする",
  "Log in to a registry": "レジストリにログインする",
  "Log out from a registry": "レジストリからログアウトする",
  "List images": "イメージを一覧する",
  "Give an image another name": "イメージに別の名前を付ける",
  "Remove one or more images": "イメージを削除する",
  "Show the layers and instructions of an image": "イメージのレイヤーと命令を表示する",
  "Write images to a tar archive": "イメージを tar アーカイブに書き出す",
  "Read images from a tar archive": "tar アーカイブからイメージを読み込む",
  "Make an image from a root file system": "ルートファイルシステムからイメージを作る",
  Containers: "コンテナ",
  "Run a command in a new container": "新しいコンテナでコマンドを実行する",
  "List containers": "コンテナを一覧する",
  "Make an image from a container's changes": "コンテナの変更からイメージを作る",
  "Write the file system of a container or image as a tar":
    "コンテナやイメージのファイルシステムを tar に書き出す",
  "Remove one or more containers": "コンテナを削除する",
  "Images for several platforms": "マルチプラットフォームイメージ",
  "Show the manifest of an image, or a manifest list":
    "イメージまたはマニフェストリストのマニフェストを表示する",
  "Put images for several platforms together under one name":
    "いくつものプラットフォームのイメージをひとつの名前にまとめる",
  "Add images to a manifest list": "マニフェストリストにイメージを加える",
  "Say more about an image in a manifest list": "マニフェストリストの中のイメージについて情報を加える",
  "Take an image out of a manifest list": "マニフェストリストからイメージを外す",
  "Push a manifest list and its images to a registry":
    "マニフェストリストとそのイメージをレジストリに push する",
  "Remove manifest lists from this store": "このストアからマニフェストリストを削除する",
  "Ask whether there is a manifest list": "マニフェストリストがあるかを調べる",
  "Show what a registry has under a name": "レジストリがその名前で持っているものを表示する",
  "Make an image for several platforms in a registry": "レジストリにマルチプラットフォームイメージを作る",
  Registry: "レジストリ",
  "Serve a registry over HTTP": "レジストリを HTTP で提供する",
  "Take over the store of another registry": "ほかのレジストリのストアを引き継ぐ",
  "Remove the tags of hosted repositories that no rule keeps":
    "ルールが残さないタグを、提供しているリポジトリから削除する",
  "List deleted tags that can be brought back": "元に戻せる削除済みのタグを一覧する",
  "Bring a deleted tag of a hosted repository back": "提供しているリポジトリの削除したタグを元に戻す",
  "Accounts for programs that use the registry": "レジストリを使うプログラムのためのアカウント",
  "Sign the registry's tokens with a new key": "レジストリのトークンに新しい鍵で署名する",
  "Cleaning up": "後片付け",
  "Remove unused images": "使っていないイメージを削除する",
  "Remove everything that is not used": "使っていないものをすべて削除する",
  "Remove what nothing in the store refers to any more":
    "ストアの中で、もう何からも参照されていないものを削除する",
  "Check the store, and repair it": "ストアを検査し、修復する",
  System: "システム",
  "Show the store and what this system can do": "ストアと、このシステムでできることを表示する",
  "Show the version": "バージョンを表示する",
  "Run a program where unpacked images can be changed without root":
    "展開したイメージを root なしで変更できる場所でプログラムを実行する",
  "what depends on the base image {*} is not checked: {*}":
    "ベースイメージ {1} に関わることは調べていません: {2}",
  "the Dockerfile of this directory": "このディレクトリの Dockerfile をビルドする",
  "another file, and an argument": "別のファイルと、引数を使う",
  "one stage": "ひとつのステージだけをビルドする",
  "without a context": "コンテキストなしでビルドする",
  "what could be better in the Dockerfile; builds nothing": "Dockerfile の改善点を調べる。何もビルドしない",
  "Name of the result; may be repeated": "できたイメージの名前。繰り返し指定できる",
  "Dockerfile (default PATH/Dockerfile; - reads it from stdin); several are read as one":
    "Dockerfile（既定は PATH/Dockerfile。- で標準入力から読む）。複数ならつなげて読む",
  "Value of an ARG; without =VALUE, from the environment": "ARG の値。=VALUE がなければ環境変数から取る",
  "Stop at this stage": "このステージで止める",
  "Run every step again": "すべてのステップをもう一度実行する",
  "What to build for (default: this machine); several make an index":
    "ビルド対象のプラットフォーム（既定: このマシン）。複数ならインデックスになります",
  "Label of the result; may be repeated": "できたイメージのラベル。繰り返し指定できる",
  "Time of the image and its files (default $SOURCE_DATE_EPOCH, else the base's)":
    "イメージとファイルの時刻（既定は $SOURCE_DATE_EPOCH、なければベースの時刻）",
  "Of new layers: gzip (default), zstd or uncompressed":
    "新しいレイヤーの圧縮形式: gzip（既定）、zstd、uncompressed",
  "Only check the Dockerfile; exit code 1 when there are warnings":
    "Dockerfile を調べるだけにする。警告があれば終了コードは 1",
  "Write the image ID to a file": "イメージ ID をファイルに書き出す",
  "Steps side by side (default: number of processors)":
    "並行して実行するステップの数（既定はプロセッサーの数）",
  "Print only the image ID": "イメージ ID だけを表示する",
  "the context and the Dockerfile cannot both come from standard input":
    "コンテキストと Dockerfile の両方を標準入力から読むことはできません",
  "invalid tag {}: a tag cannot have a digest": "タグ {1} は使えません: タグにダイジェストは付けられません",
  "invalid timestamp {}: seconds since 1970 are expected":
    "タイムスタンプ {1} は使えません: 1970 年からの秒数を指定します",
  "Do not ask": "確認せずに実行する",
  "what the container changed becomes a layer": "コンテナが変更したものをレイヤーにする",
  "with another command and a comment": "別のコマンドとコメントを付ける",
  "Author of the image": "イメージの作者",
  "A Dockerfile instruction for its configuration": "設定に適用する Dockerfile の命令",
  "Comment in the history": "履歴に残すコメント",
  "Stop the container meanwhile (default true)": "その間コンテナを止める（既定は true）",
  "Give it a terminal": "端末を割り当てる",
  "only what was deleted": "削除されたものだけ",
  "An image is flattened from its layers without being unpacked.":
    "イメージは、展開せずにレイヤーからひとつにまとめられます。",
  "a container with its changes": "変更を含めたコンテナを書き出す",
  "an image, without making a container": "コンテナを作らずにイメージを書き出す",
  "no such container or image: {}": "そのようなコンテナもイメージもありません: {1}",
  "Reads every blob and compares it with its digest, and every row with what is there. It may run beside a server and anything else. With --repair damaged bytes are moved to the store's directory damaged, and what refers to them is named, so that it can be pushed or pulled again. Exits with 1 while problems are left.":
    "すべてのブロブを読んでダイジェストと比べ、データベースの行を実際にあるものと突き合わせます。サーバーやほかのコマンドと同時に実行できます。--repair を付けると、壊れたバイトをストアの damaged ディレクトリに移し、それを参照しているものの名前を示すので、push や pull をやり直せます。問題が残っている間は 1 で終了します。",
  "read everything, change nothing": "すべてを読み、何も変えない",
  "sizes and rows only": "サイズと行だけを調べる",
  "put right what can be": "直せるものを直す",
  "Compare sizes, and read no blob": "サイズだけを比べ、ブロブを読まない",
  "Repair, and move damaged bytes aside": "修復し、壊れたバイトを別の場所に移す",
  "Blobs read side by side (default 4)": "並行して読むブロブの数（既定は 4）",
  "Only what was found": "見つかったものだけを表示する",
  "Looks only at what may have become garbage, and works beside a running server and while images are pushed, pulled and deleted. What was pushed, looked for or deleted within the grace time stays: a client may be about to push a manifest that names it. Choose it longer than the longest push takes. Deleted tags that can still be restored keep their images.":
    "ガベージになったかもしれないものだけを調べます。動いているサーバーと同時にも、イメージの push、pull、削除の間にも実行できます。猶予時間のうちに push、存在確認、削除されたものは残ります。クライアントがこれから、それを参照するマニフェストを push するかもしれないからです。猶予時間は、いちばん長い push より長くしてください。まだ元に戻せる削除済みのタグは、そのイメージを残します。",
  "what would go now, and what stays, with the reason": "今消えるものと残るものを、理由とともに示す",
  "the same for every blob of the store": "ストアのすべてのブロブについて示す",
  "remove what has been unused for an hour": "1 時間使われていないものを削除する",
  "also manifests that have had no tag for a week, unless an index or a subject keeps them":
    "1 週間タグのないマニフェストも削除する（インデックスや対象が残すものは除く）",
  "one JSON object for each decision about another store":
    "別のストアについての判断を、ひとつずつ JSON オブジェクトで示す",
  "Only show what would go, and why": "何がなぜ消えるかを示すだけにする",
  "With --dry-run: also what is not in question or not due":
    "--dry-run と併用: 問題のないものや、まだ期限の来ていないものも示す",
  "What was unused for so long goes (default 24h)": "これだけの間使われていないものを削除する（既定は 24h）",
  "Manifests that had no tag for so long go (default: they stay)":
    "これだけの間タグのないマニフェストを削除する（既定では残す）",
  "--all goes with --dry-run": "--all は --dry-run と一緒に使います",
  "{} blobs would go, {}": "{1} 個のブロブ（{2}）が消えます",
  "what made each layer, and its size": "各レイヤーを作った命令と、そのサイズ",
  "with the whole instructions": "命令を省略せずに表示する",
  "Sizes and times for people (default true)": "サイズと時刻を人が読みやすい形で表示する（既定は true）",
  "Whole IDs and instructions": "ID と命令を省略せずに表示する",
  "Only image IDs": "イメージ ID だけを表示する",
  "Also images with names that no container uses": "名前があっても、コンテナが使っていないイメージを含める",
  "images that lost their name to a newer build": "新しいビルドに名前を譲ったイメージを削除する",
  "every image that no container uses, without asking":
    "コンテナが使っていないイメージをすべて、確認せずに削除する",
  "Only tell what would go, and what that would free": "何が消え、どれだけ空くかを示すだけにする",
  "WARNING! This will remove all images without at least one container associated to them.":
    "警告: コンテナがひとつも使っていないイメージをすべて削除します。",
  "WARNING! This will remove all dangling images.": "警告: 名前のないイメージをすべて削除します。",
  "every image with a name, and what old builds left behind":
    "名前のあるすべてのイメージと、古いビルドが残したもの",
  "the tags of one repository": "ひとつのリポジトリのタグ",
  "one JSON object a line": "1 行にひとつの JSON オブジェクト",
  "All images (Kasane keeps no intermediate ones)": "すべてのイメージ（Kasane は中間イメージを残さない）",
  "Whole IDs": "ID を省略しない",
  "Show digests": "ダイジェストを表示する",
  "Sources are names in registries, digests, and descriptors as JSON. Images stay byte for byte what they are; layers are mounted or copied from registry to registry, and not stored here.":
    "元になるのは、レジストリの中の名前、ダイジェスト、JSON のディスクリプターです。イメージは 1 バイトも変わりません。レイヤーはレジストリからレジストリへマウントまたはコピーされ、ここには保存されません。",
  "one name for two images": "2 つのイメージをひとつの名前にする",
  "add a platform to an image": "イメージにプラットフォームを加える",
  "copy an image with all its platforms": "イメージをすべてのプラットフォームごとコピーする",
  "see what it would be with two platforms only": "2 つのプラットフォームだけにするとどうなるかを見る",
  "Name of the new image; can be given several times": "新しいイメージの名前。繰り返し指定できる",
  "Annotation of the index, or with manifest-descriptor[OS/ARCH]: of images in it":
    "インデックスのアノテーション。manifest-descriptor[OS/ARCH]: を付けると中のイメージのもの",
  "Keep what the first name has already": "最初の名前がすでに持っているものを残す",
  "Print what would be pushed, and push nothing": "push せずに、push するはずの内容を表示する",
  "Read a source from a file": "元になるものをファイルから読む",
  "Write the descriptor of the result to a file": "結果のディスクリプターをファイルに書き出す",
  "Take only this platform; can be given several times": "このプラットフォームだけを使う。繰り返し指定できる",
  "Put a single image into an index (default true); with =false copy it as it is":
    "ひとつだけのイメージもインデックスに入れる（既定は true）。=false ではそのままコピーする",
  "auto, plain, tty, quiet or none": "auto、plain、tty、quiet、none のどれか",
  "Accepted for buildx": "buildx との互換のため受け付ける",
  "there is nowhere to push to: set --tag, or --dry-run":
    "push 先がありません: --tag か --dry-run を指定してください",
  "unknown progress {}: auto, plain, tty, quiet or none":
    "未知の進捗表示 {1}: auto、plain、tty、quiet、none のどれかです",
  "digest, media type, and every platform": "ダイジェスト、メディアタイプ、すべてのプラットフォーム",
  "the manifest byte for byte": "マニフェストを 1 バイトも変えずに表示する",
  "the configurations": "設定を表示する",
  "json, or a Go template over .Name, .Manifest and .Image":
    "json か、.Name、.Manifest、.Image を使う Go テンプレート",
  "The manifest as it is, byte for byte": "マニフェストを 1 バイトも変えずに表示する",
  "--format and --raw cannot be used together": "--format と --raw は一緒に使えません",
  "Takes a directory, or a tar (plain, gzip, zstd, xz, bzip2) from a file, an address or standard input, as one layer.":
    "ディレクトリ、またはファイル、アドレス、標準入力の tar（無圧縮、gzip、zstd、xz、bzip2）を、ひとつのレイヤーとして取り込みます。",
  "a directory made with debootstrap": "debootstrap で作ったディレクトリ",
  "an archive": "アーカイブ",
  "an archive that is downloaded": "ダウンロードするアーカイブ",
  "with a default command": "既定のコマンドを付ける",
  "What it is for (default: this machine)": "どのプラットフォーム用か（既定はこのマシン）",
  "it cannot be read": "読み取れません",
  "cannot import {}: {*}": "{1} を取り込めません: {2}",
  "name a directory, a tar file, or - for standard input":
    "ディレクトリ、tar ファイル、または標準入力を表す - を指定してください",
  "let root read it: sudo tar -C {} -c . | kasane import - NAME":
    "root に読ませてください: sudo tar -C {1} -c . | kasane import - NAME",
  "where images are kept, how many there are, how RUN is isolated":
    "イメージの置き場所と数、RUN の隔離の方法",
  "configuration, layers, size": "設定、レイヤー、サイズ",
  "one platform of a multi-platform image": "マルチプラットフォームイメージのうちのひとつ",
  "The platform of a multi-platform image": "マルチプラットフォームイメージのうちのどれか",
  "container, image, network or volume": "container、image、network、volume",
  "no such container: {}": "そのようなコンテナはありません: {1}",
  "'kasane ps -a' lists what there is": "何があるかは kasane ps -a で一覧できます",
  "Reads what docker, podman, skopeo and Kasane save: docker-archive old and new, OCI archives, also compressed (gzip, zstd, xz, bzip2); and directories: an OCI layout, skopeo's dir.":
    "docker、podman、skopeo、Kasane が保存したものを読み込みます。新旧の docker-archive と OCI アーカイブ（gzip、zstd、xz、bzip2 で圧縮されていてもよい）、OCI レイアウトや skopeo の dir のディレクトリを読みます。",
  "from a file": "ファイルから読み込む",
  "from standard input": "標準入力から読み込む",
  "from an OCI layout directory": "OCI レイアウトのディレクトリから読み込む",
  "Read from there instead of standard input": "標準入力の代わりにここから読む",
  "No progress": "進捗を表示しない",
  "Only these platforms": "これらのプラットフォームだけ",
  "requested load from stdin, but stdin is a terminal": "標準入力から読もうとしましたが、標準入力が端末です",
  "use -i FILE or redirect a file": "-i FILE を使うか、ファイルをリダイレクトしてください",
  "the archive has no images": "アーカイブにイメージがありません",
  "save it again, with the images' names": "イメージの名前を指定して保存し直してください",
  "SERVER is HOST[:PORT], or a namespace of it: HOST/NAMESPACE; without it Docker Hub is meant. The login is checked with the registry, and kept where docker, podman and skopeo find it too: in the file of --authfile or REGISTRY_AUTH_FILE, else in Docker's config.json (DOCKER_CONFIG, ~/.docker), or with the credential helper that this file names.":
    "SERVER は HOST[:PORT]、またはその中の名前空間 HOST/NAMESPACE です。指定しなければ Docker Hub です。ログインはレジストリで確かめ、docker や podman も見つけられる場所に保管します。--authfile か REGISTRY_AUTH_FILE のファイル、なければ Docker の config.json（DOCKER_CONFIG、~/.docker）、またはそのファイルが指定する認証情報ヘルパーです。",
  "to Docker Hub; asks for user name and password":
    "Docker Hub にログインする。ユーザー名とパスワードを尋ねる",
  "asks for the password only": "パスワードだけを尋ねる",
  "for scripts: the secret is in no command line": "スクリプト用。秘密の情報がコマンドラインに現れない",
  "a login for one namespace of a registry": "レジストリのひとつの名前空間のためのログイン",
  "who is logged in": "だれがログインしているか",
  "User name": "ユーザー名",
  "Password or access token; - reads standard input. Everybody on the machine can see it: better --password-stdin":
    "パスワードかアクセストークン。- で標準入力から読む。マシンのだれからも見えるので、--password-stdin を勧めます",
  "Read the password from standard input": "標準入力からパスワードを読む",
  "Only print the user name that is logged in": "ログインしているユーザー名だけを表示する",
  "Say where the login is kept": "ログインの保管場所を表示する",
  "The file to keep it in": "保管するファイル",
  "WARNING: DOCKER_AUTH_CONFIG is set: what it says comes before what is stored now.":
    "警告: DOCKER_AUTH_CONFIG が設定されています。今保管するものより、そちらが優先されます。",
  "WARNING! Your credentials are stored unencrypted in {}.":
    "警告: 認証情報は暗号化せずに {1} に保管されています。",
  "A credential helper, named there as credsStore, keeps them better; then this warning is gone.":
    "そのファイルの credsStore に認証情報ヘルパーを設定すると、より安全に保管でき、この警告も出なくなります。",
  "Used: {}": "使用: {1}",
  "--password and --password-stdin cannot both be given":
    "--password と --password-stdin は一緒に指定できません",
  "--password-stdin needs --username": "--password-stdin には --username が必要です",
  "the user name is empty": "ユーザー名が空です",
  "the password is empty": "パスワードが空です",
  "WARNING! --password on the command line is insecure. Use --password-stdin.":
    "警告: コマンドラインの --password は安全ではありません。--password-stdin を使ってください。",
  "see 'kasane login --help'": "'kasane login --help' を見てください",
  "Authenticating with existing credentials... [Username: {}]":
    "保管してある認証情報で認証しています... [ユーザー名: {1}]",
  "Authenticating with existing credentials...": "保管してある認証情報で認証しています...",
  "The stored credentials are not valid any more.": "保管してある認証情報はもう有効ではありません。",
  "Log in to {}": "{1} にログインします",
  "Username: ": "ユーザー名: ",
  "Password: ": "パスワード: ",
  "not logged in to {}": "{1} にログインしていません",
  "log in with kasane login": "kasane login でログインしてください",
  "Removes a login from where `kasane login` keeps it, and from the credential helper that keeps it. Without SERVER Docker Hub is meant.":
    "`kasane login` が保管した場所と、保管している認証情報ヘルパーからログインを消します。SERVER を指定しなければ Docker Hub です。",
  "of one registry": "ひとつのレジストリからログアウトする",
  "of all of them": "すべてからログアウトする",
  "Remove the logins of all registries": "すべてのレジストリのログインを消す",
  "The file to remove it from": "消すファイル",
  "--all takes no server": "--all にサーバーは指定できません",
  "a name is [HOST[:PORT]/]NAME[:TAG], such as ghcr.io/team/app:v1":
    "名前は [HOST[:PORT]/]NAME[:TAG] の形です。例: ghcr.io/team/app:v1",
  "WARNING: a login that counts for {} as well is left: see {}":
    "警告: {1} にも使われるログインが残っています: {2} を見てください",
  "WARNING: another file, or DOCKER_AUTH_CONFIG, still has credentials for {}: log out there with the program that stored them, or with --authfile":
    "警告: 別のファイルか DOCKER_AUTH_CONFIG に {1} の認証情報がまだあります。それを保管したプログラムか --authfile でログアウトしてください",
  "with the platform that the image says": "イメージにあるプラットフォームで加える",
  "with another one": "別のプラットフォームとして加える",
  "IMAGE is the name under which the image was added, or its digest.":
    "IMAGE は、イメージを加えたときの名前か、そのダイジェストです。",
  "another platform": "別のプラットフォームにする",
  "an annotation of the entry": "項目のアノテーション",
  "Images are those of this store and of any registry, and lists of images, whose images are taken one by one. No layers are downloaded, and the images stay byte for byte what they are. The list is an image of this store until `kasane manifest push` puts it into a registry.":
    "イメージは、このストアのものでも、どのレジストリのものでもかまいません。イメージのリストなら、中のイメージをひとつずつ使います。レイヤーはダウンロードせず、イメージは 1 バイトも変わりません。`kasane manifest push` でレジストリに送るまで、リストはこのストアのイメージです。",
  "one name for two images in a registry": "レジストリにある 2 つのイメージをひとつの名前にする",
  "of images that were built here": "ここでビルドしたイメージから作る",
  "add one more": "もうひとつ加える",
  "an empty list, for `kasane manifest add`": "`kasane manifest add` のための空のリスト",
  "Add to a list that exists": "すでにあるリストに加える",
  "Annotation of the list": "リストのアノテーション",
  "exit code 0 or 1": "終了コードは 0 か 1",
  "push it where there is one": "あれば push する",
  "A list of this store, else what the registry has under the name, else the image of this store. With LIST, the image as the list names it.":
    "このストアのリスト、なければレジストリがその名前で持つもの、それもなければこのストアのイメージを表示します。LIST を指定すると、そのリストが指すイメージを表示します。",
  "the platforms of an image, without pulling it": "イメージのプラットフォームを、pull せずに見る",
  "with each image's own manifest": "イメージそれぞれのマニフェストも表示する",
  "one image of a list": "リストの中のひとつのイメージ",
  "With the descriptors, and the manifests of a list's images":
    "ディスクリプターと、リストのイメージのマニフェストも表示する",
  "Layers that are in another repository of the same registry are mounted from there; those of other registries pass through without being stored.":
    "同じレジストリの別のリポジトリにあるレイヤーは、そこからマウントします。ほかのレジストリのものは、保存せずにそのまま送ります。",
  "under its own name": "リスト自身の名前で push する",
  "under another one": "別の名前で push する",
  "and remove it from this store": "push した後、このストアから削除する",
  "Remove the list from this store afterwards": "終わったらリストをこのストアから削除する",
  "The same as --purge": "--purge と同じ",
  "Push the images of the list as well (always done)": "リストのイメージも push する（常にそうする）",
  "Print only the digest": "ダイジェストだけを表示する",
  "Write the digest to a file": "ダイジェストをファイルに書き出す",
  "IMAGE is the name under which the image was added, or its digest. The image itself stays.":
    "IMAGE は、イメージを加えたときの名前か、そのダイジェストです。イメージそのものは残ります。",
  "the list is for one platform less": "リストのプラットフォームをひとつ減らす",
  "an image that was added from a registry": "レジストリから加えたイメージを外す",
  "The images stay; what is in a registry stays there.":
    "イメージは残ります。レジストリにあるものもそのままです。",
  "the list only": "リストだけを削除する",
  "several lists": "いくつものリストを削除する",
  "what is running": "実行中のもの",
  "and what has ended": "終了したものも含める",
  "columns of one's own": "自分で選んだ列",
  "Also containers that do not run": "実行中でないコンテナも含める",
  "Only IDs": "ID だけを表示する",
  "Whole IDs and commands": "ID とコマンドを省略しない",
  "Layers that are here already are not downloaded; an interrupted pull goes on where it stopped.":
    "すでにあるレイヤーはダウンロードしません。中断した pull は続きから始まります。",
  "from Docker Hub": "Docker Hub から pull する",
  "for another platform": "別のプラットフォーム用を pull する",
  "from a registry on this machine": "このマシンのレジストリから pull する",
  "every tag of a repository": "リポジトリのすべてのタグを pull する",
  "Every tag of the repository": "リポジトリのすべてのタグ",
  "Platform of a multi-platform image, or 'all'":
    "マルチプラットフォームイメージのうちのひとつ、または 'all'",
  "Print only the image's name": "イメージの名前だけを表示する",
  "to a registry on this machine": "このマシンのレジストリに push する",
  "every local tag of a repository": "リポジトリの手元のタグをすべて push する",
  "Every local tag of the repository": "リポジトリの手元のタグすべて",
  "Only this platform's manifest": "このプラットフォームのマニフェストだけ",
  "cannot push {}: a digest names no tag to push to":
    "{1} を push できません: ダイジェストには push 先のタグがありません",
  "push by a name with a tag: kasane push REPOSITORY:TAG":
    "タグの付いた名前で push してください: kasane push REPOSITORY:TAG",
  "an image does not exist locally with the name {}": "{1} という名前のイメージは手元にありません",
  "tag one first: kasane tag IMAGE {}": "先に名前を付けてください: kasane tag IMAGE {1}",
  "Tags of hosted repositories that were deleted, or moved to another image, within the undo window.":
    "削除されたか、別のイメージに移されたタグのうち、取り消し期間内のものです。",
  "of one repository": "ひとつのリポジトリについて一覧する",
  "bring one back": "ひとつを元に戻す",
  "Reads the data directory of registry:2 and registry:3, zot and olareg, and OCI image layouts. Bytes are linked, not moved; the directory is left as it is. It works beside a kasane serve on the same store, and a second run brings what is missing.":
    "registry:2、registry:3、zot、olareg のデータディレクトリと、OCI イメージレイアウトを読みます。バイトは移動せずにリンクし、元のディレクトリはそのまま残します。同じストアの kasane serve と同時に動き、もう一度実行すると足りないものを補います。",
  "in place: the new store lies beside docker/registry/v2":
    "その場で引き継ぐ。新しいストアは docker/registry/v2 の隣に置かれる",
  "what would come of some repositories": "一部のリポジトリについて、何が取り込まれるかを示す",
  "What the directory is (default: found out from what lies there)":
    "ディレクトリの種類（既定では、あるものから判断する）",
  "Only repositories of this name: * within a segment, ** across slashes, {a,b}":
    "この名前のリポジトリだけ。* は区切りの中、** は / をまたぎ、{a,b} も使える",
  "Repository that a single layout becomes": "ひとつのレイアウトを取り込む先のリポジトリ",
  "Move tags that point elsewhere here (default: they stay)":
    "ここで別のものを指しているタグも移す（既定では残す）",
  "Files taken over side by side (default 4)": "並行して引き継ぐファイルの数（既定は 4）",
  "Count, and change nothing": "数えるだけで、何も変えない",
  "Only problems and the summary": "問題とまとめだけを表示する",
  "{}: {} checked": "{1}: {2} を確認しました",
  "{} tags point elsewhere here and stay (--overwrite moves them): {}":
    "{1} 個のタグはここで別のものを指しているので残ります（--overwrite で移せます）: {2}",
  "{} things could not be imported, see above": "{1} 件を取り込めませんでした。上を見てください",
  "Points the tag to what it was before it was deleted or moved last, or to the digest that is given. What it points to now becomes one that can be brought back, for as long as --config says or else for a day. Which tags are immutable is known from --config alone.":
    "タグを、最後に削除または移動される前のもの、または指定したダイジェストに戻します。今指しているものは、--config で決まる期間（なければ 1 日）元に戻せます。どのタグが変更不可かは --config からしか分かりません。",
  "as it was before": "前の状態に戻す",
  "what there is to bring back": "元に戻せるものを一覧する",
  "Take immutable tags, and how long tags can be brought back, from a server's configuration":
    "変更不可のタグと、タグを元に戻せる期間を、サーバーの設定から読む",
  "Move the tag although it is immutable": "変更不可でもタグを移す",
  "{} is not REPOSITORY:TAG": "{1} は REPOSITORY:TAG の形ではありません",
  "{} is not a digest": "{1} はダイジェストではありません",
  "{}:{} is immutable, and points elsewhere now": "{1}:{2} は変更不可で、今は別のものを指しています",
  "--force moves it all the same": "それでも移すなら --force を付けてください",
  "cannot bring {} back: nothing of it is kept any more": "{1} を元に戻せません: もう何も残っていません",
  "kasane registry deleted {} lists what can be brought back":
    "元に戻せるものは kasane registry deleted {1} で一覧できます",
  "Shows what would go and asks before it goes. Reasons to keep add up: a tag stays when one of them names it. Which tags are immutable is known from --config alone. What goes can be brought back with `kasane registry restore`.":
    "何が消えるかを示し、消す前に確認します。残す理由は足し合わされ、ひとつでも当てはまるタグは残ります。どのタグが変更不可かは --config からしか分かりません。消えたものは `kasane registry restore` で元に戻せます。",
  "what ten latest tags and three version lines would leave":
    "新しい 10 個のタグと 3 つのバージョン系列を残すと何が残るか",
  "the rules of a server, without asking": "サーバーのルールを、確認せずに適用する",
  "Take immutable tags from a server's configuration, and its rules where no flag gives one":
    "変更不可のタグをサーバーの設定から読む。フラグでルールを指定しなければルールも読む",
  "Only show what would go": "何が消えるかを示すだけにする",
  "{} of {} tags in {} repositories would go": "{3} 個のリポジトリの {2} 個のタグのうち {1} 個が消えます",
  "WARNING! This will remove {} of {} tags in {} repositories.":
    "警告: {3} 個のリポジトリの {2} 個のタグのうち {1} 個を削除します。",
  "{} tags are gone; kasane registry deleted lists what can be brought back":
    "{1} 個のタグを削除しました。元に戻せるものは kasane registry deleted で一覧できます",
  "A robot logs in as robot+NAME with a secret that is shown once, at create and at rotate. All changes hold at once in every server on the store. Where a configuration has access rules or users, robots need kasane.access.robots.":
    "ロボットは robot+名前 と、create と rotate のときに一度だけ表示されるシークレットでログインします。変更は、ストアを使うすべてのサーバーですぐに有効になります。設定にアクセスルールやユーザーがある場合、ロボットには kasane.access.robots が必要です。",
  "an account for a build; the secret is the only thing on standard output":
    "ビルド用のアカウント。標準出力に出るのはシークレットだけ",
  "another secret for another 30 days": "さらに 30 日有効な別のシークレット",
  "who there is, and when each was last seen": "だれがいて、最後にいつ使われたか",
  "keep it out, until `enable`": "`enable` するまで締め出す",
  "remove it": "削除する",
  "What it may do: pull, push (clients need pull as well), delete in repositories like PATTERN (create)":
    "許可する操作: PATTERN に当たるリポジトリでの pull、push（クライアントには pull も必要）、delete（create）",
  "When its secret ends: 12h, 30d (create, rotate)": "シークレットの期限: 12h、30d（create、rotate）",
  "unknown: {}": "未知の操作です: {1}",
  "{} needs the name of a robot": "{1} にはロボットの名前が必要です",
  "{} logs in with this secret, which is not shown again:":
    "{1} は次のシークレットでログインします。シークレットは二度と表示されません:",
  "one robot at a time, please: each has a secret of its own":
    "ロボットは一度にひとつずつ指定してください。シークレットはロボットごとに別です",
  "Running servers use the new key within a minute. Tokens signed with the last two keys are good until they end; do it three times, and nothing signed before is taken any more: everybody logs in again.":
    "動いているサーバーは 1 分以内に新しい鍵を使い始めます。直近 2 つの鍵で署名されたトークンは期限まで有効です。3 回実行すると、それまでに署名されたものはすべて無効になり、全員がログインし直すことになります。",
  "a new key": "新しい鍵を作る",
  "for the server of another store": "別のストアのサーバーのために",
  "by name; an ID or the beginning of one works as well": "名前で指定する。ID やその先頭部分でもよい",
  "one name; the image goes with its last name": "名前をひとつ削除する。最後の名前とともにイメージも消える",
  "an image by ID with all its names": "ID で指定したイメージを、すべての名前とともに削除する",
  "what removing both would delete and free": "両方を削除すると何が消え、どれだけ空くかを示す",
  "a shell in a container that goes when it ends": "終わると消えるコンテナのシェル",
  "one command": "コマンドをひとつ実行する",
  "with a directory of this machine": "このマシンのディレクトリを使う",
  "Remove the container when it ends": "終わったらコンテナを削除する",
  "Keep standard input open": "標準入力を開いたままにする",
  "the input device is not a TTY": "入力が TTY ではありません",
  "leave -t away": "-t を外してください",
  "The archive is an OCI layout that docker, podman and skopeo load as well. Digests and every platform are kept. A repository without a tag means all its tags.":
    "アーカイブは、docker、podman、skopeo でも読み込める OCI レイアウトです。ダイジェストとすべてのプラットフォームが保たれます。タグのないリポジトリ名は、そのすべてのタグを指します。",
  "into a file": "ファイルに書き出す",
  "into a pipe": "パイプに書き出す",
  "compressed, as the file's name says": "ファイル名のとおりに圧縮する",
  "several; what they share is there once": "いくつも書き出す。共通のものは一度だけ入る",
  "into an OCI layout directory": "OCI レイアウトのディレクトリに書き出す",
  "docker-archive (default; docker and OCI in one), oci-archive, oci-dir or docker-dir":
    "docker-archive（既定。docker と OCI の両方を兼ねる）、oci-archive、oci-dir、docker-dir",
  "Of the archive as a whole: gzip, zstd, xz, bzip2 or none (default: what the file's name says)":
    "アーカイブ全体の圧縮形式: gzip、zstd、xz、bzip2、none（既定はファイル名のとおり）",
  "No effect, for podman's sake": "効果なし。podman との互換のため",
  "{} is a directory and needs a name": "{1} はディレクトリなので、名前が必要です",
  "use -o DIRECTORY": "-o DIRECTORY を使ってください",
  "a docker-dir holds one image": "docker-dir に入るイメージはひとつです",
  "unknown format {}: {}": "未知の形式 {1}: {2}",
  "see 'kasane save --help'": "'kasane save --help' を見てください",
  "unknown compression {}": "未知の圧縮形式 {1}",
  "gzip, zstd, xz, bzip2 or none": "gzip、zstd、xz、bzip2、none のどれかです",
  "CONFIG.yml is the configuration of registry:2 and registry:3, with keys of Kasane's own below `kasane`; REGISTRY_ variables override it. Without one, the registry is for this machine alone and keeps its repositories in the same store as the local images. SIGHUP reads the configuration again.":
    "CONFIG.yml は registry:2 と registry:3 の設定で、`kasane` の下に Kasane 独自のキーを書けます。REGISTRY_ で始まる環境変数が優先されます。指定しなければ、このマシンだけのためのレジストリになり、リポジトリを手元のイメージと同じストアに置きます。SIGHUP で設定を読み直します。",
  "a registry on 127.0.0.1:5000": "127.0.0.1:5000 のレジストリ",
  "with a store and port of its own": "専用のストアとポートを使う",
  "look whether a configuration can be served": "設定を提供できるかを調べる",
  "Where to listen (default 127.0.0.1:5000; port 0 takes a free one)":
    "待ち受けるアドレス（既定は 127.0.0.1:5000。ポート 0 なら空いているもの）",
  "Certificate chain, PEM: serves HTTPS": "証明書チェーン（PEM）。HTTPS で提供する",
  "Its private key, PEM": "その秘密鍵（PEM）",
  "Only look whether the configuration can be served: ends with 0 or 1":
    "設定を提供できるかを調べるだけにする。0 か 1 で終了する",
  "No access log and no notices": "アクセスログとお知らせを出さない",
  "--tls-cert and --tls-key go together": "--tls-cert と --tls-key は一緒に指定します",
  error: "エラー",
  "every image that no container uses as well, without asking":
    "コンテナが使っていないイメージもすべて、確認せずに削除する",
  "a version tag beside latest": "latest のほかにバージョンのタグを付ける",
  "the name it will be pushed under": "push するときの名前を付ける",
  "refusing to create a tag with a digest reference": "ダイジェスト参照でタグを作ることはできません",
  "leave out @{}: an image has its digest already":
    "@{1} を外してください。イメージのダイジェストはすでに決まっています",
  "Starts PROGRAM (default: $SHELL) inside the user namespace that Kasane uses for an ordinary user: files of other owners in the store can be read, changed and removed there. Programs that use the library and unpack images run in it, too.":
    "Kasane が一般ユーザーのために使うユーザー名前空間の中で PROGRAM（既定は $SHELL）を起動します。そこでは、ストアの中のほかの所有者のファイルを読み取り、変更し、削除できます。ライブラリを使ってイメージを展開するプログラムもここで動きます。",
  "a shell that sees the store as root does": "シェルから、root と同じようにストアを見る",
  "a program that builds with the library": "ライブラリを使ってビルドするプログラム",
  "versions of Kasane and of its runtime": "Kasane とその実行環境のバージョン",
  "Verify certificates (default true; false also allows plain HTTP)":
    "証明書を検証する（既定は true。false では平文の HTTP も許可する）",
  "Directory of *.crt authorities to trust besides the system's":
    "システムのものに加えて信頼する認証局（*.crt）のディレクトリ",
  "Credentials from this file only": "このファイルの認証情報だけを使う",
  "Credentials for this call": "この呼び出しのための認証情報",
  "Accept any certificate, and plain HTTP": "どんな証明書も、平文の HTTP も受け入れる",
  "a tag cannot be used with --all-tags/-a": "--all-tags/-a と一緒にタグは指定できません",
  "leave the tag out for every tag of the repository, or leave -a out":
    "リポジトリのすべてのタグならタグを外し、ひとつのタグなら -a を外してください",
  "--creds needs a user name and a password: USER:PASSWORD":
    "--creds にはユーザー名とパスワードが必要です: USER:PASSWORD",
  "no files": "ファイルがありません",
  "cannot read the certificates in {}: {*}": "{1} にある証明書を読み取れません: {2}",
  "check the path of --cert-dir": "--cert-dir のパスを確かめてください",
  "kasane: build, store, look inside, move and serve container images. No daemon, no root.":
    "kasane: コンテナイメージをビルドし、保管し、中を調べ、運び、提供します。デーモンも root も要りません。",
  Usage: "使い方",
  "Global options": "全体のオプション",
  "Where images are kept (default: $KASANE_ROOT, /var/lib/kasane as root, else $XDG_DATA_HOME/kasane)":
    "イメージの置き場所（既定は $KASANE_ROOT。なければ root では /var/lib/kasane、ほかは $XDG_DATA_HOME/kasane）",
  "Help for kasane or for a command": "kasane やコマンドのヘルプ",
  "The version": "バージョン",
  "Run 'kasane COMMAND --help' for the options and examples of a command.":
    "コマンドのオプションと例は 'kasane COMMAND --help' で表示します。",
  Commands: "コマンド",
  "Run 'kasane {} COMMAND --help' for the options and examples of a command.":
    "コマンドのオプションと例は 'kasane {1} COMMAND --help' で表示します。",
  Options: "オプション",
  Examples: "例",
  "Repositories to look at, with * and ** (default all)":
    "対象のリポジトリ。* と ** が使える（既定はすべて）",
  "Look at these tags only; the others stay": "これらのタグだけを対象にする。ほかは残る",
  "Keep the N tags pushed last": "最後に push された N 個のタグを残す",
  "Keep what was pushed within this time: 30d": "この期間に push されたものを残す: 30d",
  "Keep what was pulled within this time": "この期間に pull されたものを残す",
  "Keep tags with such a name": "このような名前のタグを残す",
  "Keep the latest major.minor lines, with so many versions of each (default 1)":
    "新しい major.minor の系列を、それぞれこの数のバージョンだけ残す（既定は 1）",
  "nothing says what to keep: give one of the --keep flags":
    "何を残すかが決まりません。--keep で始まるフラグのどれかを指定してください",
  "Run every step of this stage again; may be repeated, or several with commas":
    "このステージのすべてのステップをもう一度実行する。繰り返し指定でき、コンマで区切れば複数",
  "Look for results there too: type=registry,ref=NAME, type=local,src=DIR, or an image with its own cache":
    "結果をここでも探す: type=registry,ref=NAME、type=local,src=DIR、または自身のキャッシュを持つイメージ",
  "Export results: type=registry,ref=NAME, type=local,dest=DIR or type=inline; mode=min|max, ignore-error=true, mounts=true":
    "結果を書き出す: type=registry,ref=NAME、type=local,dest=DIR、type=inline。mode=min|max、ignore-error=true、mounts=true",
  "Show what the build cache takes": "ビルドキャッシュの使用量を表示する",
  "Every result and cache mount, latest used first, and what removing them would free: a layer that local images have is shared. The filters are those of builder prune.":
    "結果とキャッシュマウントを最近使った順に並べ、削除で空く量を示します。ローカルのイメージにもあるレイヤーは共有（shared）です。フィルターは builder prune と同じです。",
  "results, cache mounts, and their sum": "結果、キャッシュマウント、その合計",
  "everything about the cache mounts": "キャッシュマウントについてすべて",
  "what was not used for a week": "1 週間使われていないもの",
  "Everything about each, instead of a table": "表の代わりに、それぞれのすべてを表示する",
  "Flag of the C preprocessor, which reads a FILE whose name ends in .in":
    "名前が .in で終わるファイルを読む C プリプロセッサーのフラグ",
  "Leave out stages that the target does not need (default true)":
    "ターゲットに必要のないステージを省く（既定は true）",
  "Keep the stages below the target as images without a name":
    "ターゲットより下のステージを名前のないイメージとして残す",
  "With --save-stages: labels that say which stage an image is, and what it stands on":
    "--save-stages とともに: どのステージのイメージか、何を土台にしているかを示すラベルを付ける",
  "Build for every platform that all base images are for":
    "すべてのベースイメージが対応するプラットフォームのそれぞれに向けてビルドする",
  "Open a shell in the step that fails": "失敗したステップの中でシェルを開く",
  "Say of every step that runs what changed since the nearest one before it":
    "実行するステップごとに、いちばん近い以前のステップから何が変わったかを示す",
  "auto (default), plain, tty, json, rawjson (as BuildKit has it) or quiet":
    "auto（既定）、plain、tty、json、rawjson（BuildKit と同じ形式）、quiet のどれか",
  "Explain why the steps of a build ran, or did not":
    "ビルドの各ステップが実行された、またはされなかった理由を説明する",
  "Of the latest build, of the one that made an image, or of one by its id. A step that ran is compared with the nearest one before it: which file of the context changed and what about it, which argument, which variable, which base. STEP is a step's number, or a part of its text, and shows everything that decides its result.":
    "最近のビルド、イメージを作ったビルド、または ID で指定したビルドについて説明します。実行されたステップは、いちばん近い以前のステップと比べます。コンテキストのどのファイルの何が変わったか、どの引数、どの変数、どのベースかを示します。STEP はステップの番号か文面の一部で、その結果を決めるものをすべて表示します。",
  "the latest build": "最近のビルド",
  "the build that made this image": "このイメージを作ったビルド",
  "its step #4, and all that decides its result": "そのステップ #4 と、結果を決めるすべて",
  "what was built here lately": "最近ここでビルドしたもの",
  "List the latest builds": "最近のビルドを一覧する",
  "text (default) or json": "text（既定）か json",
  "--keep-semver is not LINES or LINESxVERSIONS": "--keep-semver は LINES か LINESxVERSIONS の形で書きます",
};
