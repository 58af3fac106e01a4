import type { Catalogue } from "../catalogue.ts";

export const container: Catalogue = {
  "container {} was made by another version of kasane": "コンテナ {1} は別の版の kasane が作ったものです",
  "use that version, or remove the container with rm -f and make it again":
    "その版を使うか、rm -f でコンテナを削除して作り直してください",
  "invalid container name {}": "コンテナ名 {1} は使えません",
  "two characters or more: letters, digits, and after the first of them _ . -":
    "2 文字以上の英数字で、2 文字目からは _ . - も使えます",
  "no command specified: the image {} has neither CMD nor ENTRYPOINT":
    "コマンドが指定されていません: イメージ {1} には CMD も ENTRYPOINT もありません",
  "write the command after the image's name": "イメージ名の後にコマンドを書いてください",
  "invalid environment variable: {}": "環境変数 {1} は使えません",
  "cannot remove container {}: it is running": "コンテナ {1} を削除できません: 実行中です",
  "container {} is running already": "コンテナ {1} はすでに実行中です",
  "wait for it to end, or use another container": "終わるのを待つか、別のコンテナを使ってください",
  "write an absolute path, or ./NAME": "絶対パスか ./名前 を書いてください",
  "cannot run in {} layers: an overlay file system has at most {}":
    "{1} 個のレイヤーの中では実行できません: オーバーレイファイルシステムの上限は {2} 個です",
  "an image with fewer layers holds the same files": "レイヤーの少ないイメージにも同じファイルを入れられます",
  "cannot run anything: neither root nor root of a user namespace":
    "何も実行できません: root でも、ユーザー名前空間の root でもありません",
  "run as root, or let kasane start itself in a user namespace":
    "root で実行するか、kasane にユーザー名前空間の中で自身を起動させてください",
  "cannot set up the sandbox: {}": "サンドボックスを準備できません: {1}",
  "cannot set up the sandbox: exit code {}": "サンドボックスを準備できません: 終了コード {1}",
  "install the package util-linux (2.33 or newer)":
    "パッケージ util-linux（2.33 以降）をインストールしてください",
  "the step was cancelled": "ステップは中止されました",
  "cannot run anything: the program {*} is not installed":
    "何も実行できません: プログラム {1} がインストールされていません",
  "install the package {*}": "パッケージ {1} をインストールしてください",
  "no overlay file system can be mounted here, so the image's files are copied: install the package fuse-overlayfs, or keep the store on ext4, xfs, btrfs or tmpfs":
    "ここではオーバーレイファイルシステムをマウントできないため、イメージのファイルをコピーします。パッケージ fuse-overlayfs をインストールするか、ストアを ext4、xfs、btrfs、tmpfs に置けば、コピーは不要になります",
  "no overlay file system can be mounted here, so the image's files are copied: fuse-overlayfs needs /dev/fuse, or keep the store on ext4, xfs, btrfs or tmpfs":
    "ここではオーバーレイファイルシステムをマウントできないため、イメージのファイルをコピーします。fuse-overlayfs に /dev/fuse を使わせるか、ストアを ext4、xfs、btrfs、tmpfs に置けば、コピーは不要になります",
  "cannot copy an image's files to {}: {}": "イメージのファイルを {1} にコピーできません: {2}",
  "install the package fuse-overlayfs, or keep the store on ext4, xfs, btrfs or tmpfs: in a container, on a volume":
    "パッケージ fuse-overlayfs をインストールするか、ストアを ext4、xfs、btrfs、tmpfs に置いてください。コンテナの中ではボリュームに置きます",
  "cannot make a user namespace: {*}": "ユーザー名前空間を作れません: {1}",
  "the setting {}={} forbids it: change it with sysctl, or run as root":
    "設定 {1}={2} によって禁止されています。sysctl で変えるか、root で実行してください",
  "run as another user than root, or start the container with --cap-add SETFCAP":
    "root 以外のユーザーで実行するか、コンテナを --cap-add SETFCAP を付けて起動してください",
  "inside a container, start it with --privileged or with a seccomp profile that allows user namespaces":
    "コンテナの中なら、--privileged を付けるか、ユーザー名前空間を許可する seccomp プロファイルで起動してください",
  "inside a container its seccomp profile may forbid it; or run as root":
    "コンテナの中なら、seccomp プロファイルが禁止しているのかもしれません。または root で実行してください",
  "working directory {} is not a directory": "作業ディレクトリ {1} がディレクトリではありません",
  "name another with WORKDIR or -w": "WORKDIR か -w で別のディレクトリを指定してください",
  "exec: {}: permission denied": "{1} を実行できません: 権限がありません",
  "make it executable in the image (chmod +x), or call it through its interpreter":
    "イメージの中で実行可能にする（chmod +x）か、インタープリターから呼び出してください",
  "cannot change the root: {}": "ルートを変更できません: {1}",
  "a chroot cannot hold another root; run kasane outside of it":
    "chroot の中に別のルートは作れません。kasane を chroot の外で実行してください",
  "no command given": "コマンドが指定されていません",
  "write a command after the image's name, or in CMD or ENTRYPOINT":
    "イメージ名の後、または CMD か ENTRYPOINT にコマンドを書いてください",
  "exec: {}: stat {}: no such file or directory":
    "{1} を実行できません: {2} というファイルもディレクトリもありません",
  "check the path: it is looked for inside the image": "パスを確かめてください。イメージの中で探します",
  "exec: {}: executable file not found in $PATH":
    "{1} を実行できません: 実行ファイルが $PATH に見つかりません",
  "check the spelling, or give the whole path: the image may not have it":
    "綴りを確かめるか、パス全体を指定してください。イメージに含まれていないのかもしれません",
  "permission denied": "権限がありません",
  "operation not permitted": "許可されていない操作です",
  "is a directory": "ディレクトリです",
  "exec format error": "実行ファイルの形式が正しくありません",
  "no such file or directory": "そのようなファイルもディレクトリもありません",
  "not a directory": "ディレクトリではありません",
  "argument list too long": "引数のリストが長すぎます",
  "too many levels of symbolic links": "シンボリックリンクの段数が多すぎます",
  "text file busy": "実行ファイルが使用中です",
  "exec: {}: {*}": "{1} を実行できません: {2}",
  "the file is there, so its interpreter or loader is what is missing":
    "ファイルはあるので、足りないのはインタープリターかローダーです",
  "it is made for another processor, or a script without a #! line":
    "別のプロセッサー用か、#! の行のないスクリプトです",
  "it, or its interpreter, may not be run by this user: see its mode in the image with 'kasane ls'":
    "そのファイルかインタープリターを、このユーザーは実行できません。イメージ内のモードは 'kasane ls' で見られます",
  "name a program in it": "その中のプログラムを指定してください",
  "arguments and environment together are more than the kernel takes":
    "引数と環境変数を合わせた長さが、カーネルの受け付ける長さを超えています",
  "somebody is still writing to it": "まだ書き込み中です",
  "exec: {}: came back": "{1} の実行から戻ってきました",
  "no proc of its own can be mounted here: steps see the names of other processes":
    "ここでは専用の proc をマウントできません。ステップからほかのプロセスの名前が見えます",
  "cannot use this root file system: /{} is a symbolic link":
    "このルートファイルシステムは使えません: /{1} がシンボリックリンクです",
  "it must be a directory of the image": "イメージの中のディレクトリでなければなりません",
  "cannot mount {} at {}: it does not exist": "{1} を {2} にマウントできません: 存在しません",
  "cannot mount {} at {}: permission denied": "{1} を {2} にマウントできません: 権限がありません",
  "cannot mount {} at {}: {}": "{1} を {2} にマウントできません: {3}",
  "check the source's path, and whether this user may use it":
    "マウント元のパスと、このユーザーが使えるかを確かめてください",
  "cannot mount over {}": "{1} の上にはマウントできません",
  "choose another target": "別のマウント先を選んでください",
  "{*}: too many symbolic links": "{1}: シンボリックリンクが多すぎます",
  "{*}: /{} is not a directory": "{1}: /{2} がディレクトリではありません",
  "cannot mount {*}: {}": "{1} をマウントできません: {2}",
  "cannot run as {}:{}: your user namespace has no such uid or gid":
    "{1}:{2} としては実行できません: ユーザー名前空間にその uid か gid がありません",
  "/etc/subuid and /etc/subgid say how many you have; 65536 are usual":
    "何個あるかは /etc/subuid と /etc/subgid に書かれています。ふつうは 65536 個です",
  "cannot mount a tmpfs over {}: {}": "{1} に tmpfs をマウントできません: {2}",
  "cannot open {}: {}": "{1} を開けません: {2}",
  "cannot mount the layers of {}: ": "{1} のレイヤーをマウントできません: ",
  "unable to find user {}: no matching entries in passwd file":
    "ユーザー {1} が見つかりません: passwd ファイルに一致する行がありません",
  "name one of the image's /etc/passwd, or give its number":
    "イメージの /etc/passwd にある名前か、番号を指定してください",
  "unable to find group {}: no matching entries in group file":
    "グループ {1} が見つかりません: group ファイルに一致する行がありません",
  "name one of the image's /etc/group, or give its number":
    "イメージの /etc/group にある名前か、番号を指定してください",
  "the one that was made has no power over mounts": "作られた名前空間にマウントの権限がありません",
  "root without the capability SETFCAP cannot be mapped":
    "SETFCAP ケーパビリティのない root は割り当てられません",
  "{} has no entry for {}": "{1} に {2} の行がありません",
  "{} is not installed (package uidmap)": "{1} がインストールされていません（パッケージ uidmap）",
  "only your own uid is available ({*}): every file will belong to you":
    "使えるのは自分の uid だけです（{1}）。ファイルはすべてあなたのものになります",
  "unshare ended with {}": "unshare が {1} で終わりました",
  "Write the container's ID to a file that is not there yet": "コンテナの ID を、まだないファイルに書き込む",
  "File of labels": "ラベルのファイル",
  "cannot write the container's ID to {}: {*}": "コンテナの ID を {1} に書き込めません: {2}",
  "name a file that is not there yet, in a directory that is":
    "あるディレクトリの中の、まだないファイルを指定してください",
  "working directory {} does not exist": "作業ディレクトリー {1} がありません",
  "name another with -w": "-w で別のものを指定してください",
};
