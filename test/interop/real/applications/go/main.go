// Greets over HTTP.
package main

import (
	"fmt"
	"net"
	"net/http"

	"github.com/google/uuid"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", uuid.NewString())
		fmt.Fprint(w, greeting("go"))
	})
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
