import type { Catalogue } from "../catalogue.ts";

/** Containers that live on without the command that started them. */
export const containerLife: Catalogue = {
  "invalid number of lines: {}": "行数 {1} は使えません",
  "--restart and --rm cannot be given together": "--restart と --rm は同時に指定できません",
  "only one container can be started with -a or -i": "-a や -i を付けて開始できるコンテナは 1 つだけです",
  "these options of ps show no PID": "この ps のオプションでは PID が表示されません",
  "there is no ps on this machine": "このマシンには ps がありません",
  "ps does not take these options: {}": "ps はこのオプションを受け付けません: {1}",
  "invalid detach keys: {}": "切り離しのキー {1} は使えません",
  "invalid value for --{}: {}": "--{1} の値 {2} は使えません",
  "invalid number of seconds: {}": "秒数 {1} は使えません",
  "container {} is not running": "コンテナ {1} は実行中ではありません",
  "container {} is only just starting": "コンテナ {1} は開始している最中です",
  "{}, line {}: invalid variable name {}": "{1} の {2} 行目: 変数名 {3} は使えません",
  "invalid restart policy {}": "再起動の方針 {1} は使えません",
  "invalid signal: {*}": "シグナル {1} は使えません",
  "nobody runs this container any more": "このコンテナを実行しているプロセスはもうありません",
  "without a word": "何も言わずに",
  "the container's supervisor ended: {*}": "コンテナを監視するプロセスが終了しました: {1}",
  "cannot enter the container: {}": "コンテナの中に入れません: {1}",
  "only your own uid is available (see 'kasane info'): user {} runs as root of the user namespace":
    "使える uid は自分のものだけです（'kasane info' を参照）。ユーザー {1} はユーザー名前空間の root として実行されます",
  "its program does not run at this moment": "今はプログラムが動いていません",
  "Start containers that do not run": "実行中でないコンテナを開始する",
  "Stop one or more running containers": "実行中のコンテナを停止する",
  "Stop containers and start them again": "コンテナを停止して、もう一度開始する",
  "Send a signal to running containers": "実行中のコンテナにシグナルを送る",
  "Run another command in a container that runs": "実行中のコンテナの中で別のコマンドを実行する",
  "See a running container's output here, and type into it":
    "実行中のコンテナの出力をここに表示し、キー入力を渡す",
  "Show what a container has written": "コンテナが出力したものを表示する",
  "Show the processes of a container": "コンテナのプロセスを表示する",
  "Wait until containers end, and print their exit codes": "コンテナの終了を待ち、終了コードを表示する",
  "Give a container another name": "コンテナの名前を変える",
  "Ends with the container, and with its exit code. Signals go to the container; the keys Ctrl-P Ctrl-Q leave it running.":
    "コンテナと共に、その終了コードで終わります。シグナルはコンテナに渡されます。Ctrl-P Ctrl-Q のキーで、コンテナを動かしたまま抜けられます。",
  "a shell that was started with -dit": "-dit で始めたシェル",
  "only its output": "出力だけを見る",
  "Do not pass standard input on": "標準入力を渡さない",
  "Pass signals on (default true)": "シグナルを渡す（既定は true）",
  "Keys that leave it (default ctrl-p,ctrl-q)": "抜けるためのキー（既定は ctrl-p,ctrl-q）",
  "Keep its standard input open": "標準入力を開いたままにする",
  "With the container's environment, user and limits. Ends with the command's exit code; 126 and 127 where it cannot be run. It ends with the container.":
    "コンテナの環境変数、ユーザー、制限で実行します。コマンドの終了コードで終わり、実行できなければ 126 か 127 で終わります。コンテナが終わればこれも終わります。",
  "a shell in it": "中でシェルを使う",
  "as another user, elsewhere": "別のユーザーで、別の場所で実行する",
  "Do not wait for it": "終わるのを待たない",
  "Environment variable": "環境変数",
  "SIGKILL ends everything in the container at once; any other signal goes to its first process.":
    "SIGKILL はコンテナの中のすべてをすぐに終わらせます。ほかのシグナルは最初のプロセスに送られます。",
  "ends it at once": "すぐに終わらせる",
  "asks many servers to read their configuration again": "多くのサーバーはこれで設定を読み直す",
  "What to send (default SIGKILL)": "送るシグナル（既定は SIGKILL）",
  "Its standard output to standard output, its standard error to standard error. The newest 30 MB are kept; of a container that runs with 'run --rm' in the foreground, nothing.":
    "コンテナの標準出力は標準出力へ、標準エラー出力は標準エラー出力へ表示します。新しいものから 30 MB までが残ります。フォアグラウンドの 'run --rm' のコンテナの出力は残りません。",
  "everything that is kept": "残っているものすべて",
  "the last lines, and what comes": "最後の数行と、これから出てくるもの",
  "of the last ten minutes, with times": "この 10 分間のものを時刻付きで",
  "Go on until the container ends": "コンテナが終わるまで続ける",
  "Only the last N lines (default all)": "最後の N 行だけ（既定はすべて）",
  "Only what came after this time, or as long ago (42m)":
    "この時刻より後のもの、またはこれだけ前（42m）から後のものだけ",
  "Only what came before this time, or as long ago": "この時刻より前、またはこれだけ前までのものだけ",
  "Show times": "時刻を表示する",
  "a number, or all": "数か all を書いてください",
  "Also while it runs: containers of its networks find it by the new name then.":
    "実行中でも変えられます。そのときは、同じネットワークのコンテナから新しい名前で見つかります。",
  "a name that says what it is": "何であるかが分かる名前にする",
  "One that does not run is started.": "実行中でないものは開始します。",
  "several, in this order": "複数を、この順で",
  "makes room for another one of that name": "同じ名前の別のコンテナのために名前を空ける",
  "as stop and start": "stop と start を続けて行うのと同じ",
  "How long to wait before it is killed (default 10, or as --stop-timeout said; -1 for ever)":
    "強制終了までに待つ秒数（既定は 10 か --stop-timeout の値。-1 なら待ち続ける）",
  "several, also where one runs or is not there": "複数を削除する（実行中のものやないものがあっても）",
  "Kill those that run, and no error for those that are not there":
    "実行中なら強制終了し、存在しなくてもエラーにしない",
  "in the background; logs, exec and stop work on it":
    "バックグラウンドで実行する（logs、exec、stop が使える）",
  "Run in the background and print its ID": "バックグラウンドで実行し、ID を表示する",
  "a container that goes when it ends cannot begin again":
    "終わると消えるコンテナは、もう一度始めることができません",
  "With what they wrote before. In the background, but for -a.":
    "以前に書き込んだものはそのままです。-a がなければバックグラウンドで開始します。",
  "in the background": "バックグラウンドで",
  "with its input and output here, until it ends": "終わるまで、入出力をここにつなぐ",
  "Show its output and pass signals on, until it ends": "終わるまで出力を表示し、シグナルを渡す",
  "Give it the standard input": "標準入力を渡す",
  "start the others without it": "ほかのものはそれを付けずに開始してください",
  "Sends the container's stop signal, waits, and kills what has not ended then. A program that has no handler for the signal is killed at once: as the first process of its container it would never get it.":
    "コンテナの停止シグナルを送って待ち、それでも終わらなければ強制終了します。そのシグナルのハンドラーを持たないプログラムは、すぐに強制終了します。コンテナの最初のプロセスには、そのシグナルが届かないためです。",
  "asks it to end, and kills it after 10 seconds": "終了を求め、10 秒後には強制終了する",
  "gives it a minute": "1 分間待つ",
  "As --time": "--time と同じ",
  "What to send in place of its own": "コンテナの停止シグナルの代わりに送るもの",
  "As this machine's ps shows them, with its numbers; its options may follow (default -ef).":
    "このマシンの ps が、このマシンでの番号で表示します。ps のオプションを続けて書けます（既定は -ef）。",
  "its processes": "プロセスの一覧",
  "with columns of ps": "ps の列を選ぶ",
  "add the column pid": "列 pid を加えてください",
  "install the package procps": "パッケージ procps をインストールしてください",
  "see 'man ps'": "'man ps' を参照してください",
  "Of one that has ended already, the code it ended with.":
    "すでに終わっていれば、その終了コードを表示します。",
  "prints 0 where the job went well": "うまくいったジョブなら 0 と表示する",
  "for example ctrl-p,ctrl-q or ctrl-x,x": "例: ctrl-p,ctrl-q や ctrl-x,x",
  "no (default), on-failure[:COUNT], always or unless-stopped":
    "no（既定）、on-failure[:回数]、always、unless-stopped",
  "What stop sends (default: the image's, else SIGTERM)":
    "stop が送るシグナル（既定はイメージの指定、なければ SIGTERM）",
  "How long stop waits before it kills (default 10)": "stop が強制終了までに待つ秒数（既定は 10）",
  "a whole number; -1 waits for ever": "整数を書いてください。-1 なら待ち続けます",
  "start it with 'kasane start {}'": "'kasane start {1}' で開始してください",
  "try again in a moment": "少し待ってからもう一度試してください",
  "stop it first, or use 'kasane rm -f {}'": "先に停止するか、'kasane rm -f {1}' を使ってください",
  "no, always, unless-stopped, on-failure or on-failure:COUNT":
    "no、always、unless-stopped、on-failure、on-failure:回数 のどれかを書いてください",
  "by name or number, for example SIGTERM, HUP or 9": "名前か番号で書いてください。例: SIGTERM、HUP、9",
  "'kasane ps -a' tells how it ended": "'kasane ps -a' でどう終わったか分かります",
  "it may just have ended: 'kasane ps -a' tells":
    "ちょうど終わったのかもしれません。'kasane ps -a' で分かります",
  "Only what matches, for example status=exited or label=KEY":
    "条件に合うものだけ。例: status=exited、label=キー",
  "Only the last N that were created, in any state": "最後に作られた N 個だけ（状態を問わない）",
  "Only the last that was created, in any state": "最後に作られた 1 個だけ（状態を問わない）",
  "Show what they have written, and with their images": "書き込んだ量と、イメージを含めた量を表示する",
  "one of {}": "{1} のどれかを書いてください",
  "an exit code, for example exited=1": "終了コードを書いてください。例: exited=1",
  "it is a regular expression: write \\ before what is meant as it stands":
    "正規表現です。文字通りに扱う記号の前には \\ を書いてください",
  "Show the layers that a container's files come from":
    "コンテナのファイルがどのレイヤーから来ているかを表示する",
  "Top first, by the names that overlayfs gives them: merged is what the container sees, upper what it has written itself, work is overlayfs's own, and lower are the layers of the image. Those are unpacked once for all images and containers that have them; one without a directory has not been needed yet. All of them can be looked at with ls; files in lower are not to be changed.":
    "上から順に、overlayfs での名前で示します。merged はコンテナから見えるもの、upper はコンテナ自身が書いたもの、work は overlayfs の作業用、lower はイメージのレイヤーです。lower は、それを持つすべてのイメージとコンテナのために一度だけ展開されます。ディレクトリのないものは、まだ必要になっていません。どれも ls で見られますが、lower のファイルは変更しないでください。",
  "where its files are": "ファイルがどこにあるか",
  "only the directory with what it has written": "コンテナが書いたもののディレクトリだけ",
  "container {} has no defined healthcheck": "コンテナ {1} にはヘルスチェックが定義されていません",
  "give it one when it is made: --health-cmd, or HEALTHCHECK in its image":
    "作成するときに --health-cmd で、またはイメージの HEALTHCHECK で定義してください",
  "--no-healthcheck conflicts with --health-* options":
    "--no-healthcheck は --health-* のオプションと一緒には使えません",
  "leave the one or the other away": "どちらか一方を外してください",
  "--health-retries cannot be negative": "--health-retries に負の数は使えません",
  "for example --health-retries 3": "例: --health-retries 3",
  'invalid argument {} for "--{}" flag: time: invalid duration {}':
    'フラグ "--{2}" の引数 {1} が正しくありません: 時間の長さではありません: {3}',
  "--{} cannot be negative": "--{1} に負の値は使えません",
  "--{} cannot be less than 1ms": "--{1} を 1ms より短くはできません",
  "write a number with a unit, for example 90s or 1m30s":
    "90s や 1m30s のように、単位のついた数を書いてください",
  health: "ヘルス",
  "Check a container's health now": "コンテナのヘルスチェックをいま行う",
  "By its own check (--health-cmd, or the image's HEALTHCHECK). Ends with 0 where that went well; else says unhealthy, and ends with 1. Counts as any other check.":
    "コンテナ自身のチェック（--health-cmd か、イメージの HEALTHCHECK）を使います。うまくいけば 0 で終わり、そうでなければ unhealthy と出力して 1 で終わります。結果は、ほかのチェックと同じように数えられます。",
  "in a script that waits for a database": "データベースを待つスクリプトで",
  "Shell command that tells whether it is healthy (exit code 0); none: there is no check":
    "健全かどうかを終了コード 0 で示すシェルコマンド。none ならチェックなし",
  "Time between two checks (default 30s)": "チェックの間隔（既定 30s）",
  "Most time a check takes (default 30s)": "1 回のチェックにかけてよい時間（既定 30s）",
  "Failures that make it unhealthy (default 3)": "unhealthy になるまでの失敗の回数（既定 3）",
  "Time in which it may still be starting: failures do not count":
    "起動中とみなす時間。この間の失敗は数えません",
  "Time between two checks in the start period (default 5s)": "起動中とみなす間のチェックの間隔（既定 5s）",
  "Not even the image's check": "イメージのチェックも行わない",
  "configured logging driver does not support reading":
    "設定されたログドライバーは読み出しに対応していません",
  "container {} was made with --log-driver none: nothing of its output is kept":
    "コンテナ {1} は --log-driver none で作られたため、出力は何も保存されていません",
  "--sig-proxy=false: the container runs in this call, and signals are its own":
    "--sig-proxy=false は使えません: コンテナはこのコマンドの中で動き、シグナルはコンテナのものです",
  "start it with 'run -d', and use 'attach --sig-proxy=false'":
    "'run -d' で開始し、'attach --sig-proxy=false' を使ってください",
  "Conflicting options: -a and -d": "-a と -d は一緒には使えません",
  'invalid argument {} for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR':
    'フラグ "-a, --attach" の引数 {1} が正しくありません: 使えるのは STDIN、STDOUT、STDERR です',
  "for example -a stdout -a stderr": "例: -a stdout -a stderr",
  "Only stdin, stdout or stderr is that of this call":
    "stdin、stdout、stderr のうち、指定したものだけをこのコマンドのものにする",
  "Signals go to the container (always; 'attach' can do without)":
    "シグナルをコンテナに渡す（常に有効。'attach' では無効にできます）",
  "For docker's sake: what runs in this call cannot be left":
    "docker との互換のため。このコマンドの中で動くものからは離れられません",
  "For docker's sake: what runs in this call cannot be left ('run -d' and 'attach' can)":
    "docker との互換のため。このコマンドの中で動くものからは離れられません（'run -d' と 'attach' なら離れられます）",
  "there is no log driver {} here": "ログドライバー {1} はありません",
  "json-file, local and none are there; what is kept is passed on with 'kasane logs -f CONTAINER | PROGRAM'":
    "使えるのは json-file、local、none です。保存されたログは 'kasane logs -f CONTAINER | PROGRAM' でほかのプログラムに渡せます",
  "unknown log opt '{}' for json-file log driver":
    "ログドライバー json-file に '{1}' というオプションはありません",
  "unknown log opt '{}' for local log driver": "ログドライバー local に '{1}' というオプションはありません",
  "unknown log opt '{}' for none log driver": "ログドライバー none に '{1}' というオプションはありません",
  "max-size and max-file are there": "使えるのは max-size と max-file です",
  "max-size must be more than 0": "max-size は 0 より大きくなければなりません",
  "max-file cannot be less than 1": "max-file を 1 より小さくはできません",
  "for example --log-opt max-size=10m": "例: --log-opt max-size=10m",
  "for example --log-opt max-file=3": "例: --log-opt max-file=3",
  "--log-opt {} has no effect here": "--log-opt {1} はここでは効果がありません",
  "json-file (default), local, or none: nothing of its output is kept":
    "json-file（既定）、local、または none（出力を保存しない）",
  "max-size (default 10m) of one file, and max-file (default 3)":
    "1 ファイルの大きさ max-size（既定 10m）と、ファイルの数 max-file（既定 3）",
  "Ask whether there is an image": "イメージがあるかどうかを調べる",
  "Ask whether there is a container": "コンテナがあるかどうかを調べる",
  "Ends with 0 where there is one, running or not, and with 1 where not.":
    "実行中かどうかにかかわらず、あれば 0、なければ 1 で終わります。",
  "Ends with 0 where it is in the store, by name or ID, and with 1 where not.":
    "名前または ID で、ストアにあれば 0、なければ 1 で終わります。",
  "in a script, before it is pulled": "スクリプトで、取得する前に",
  "Domain of its host name": "ホスト名のドメイン",
};
