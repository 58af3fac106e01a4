// rpm-list prints what a database of rpm holds, one "NAME VERSION ARCHITECTURE" a line, as go-rpmdb reads it: also the format that Debian's
// rpm cannot read.
package main

import (
	"fmt"
	"os"

	rpmdb "github.com/knqyf263/go-rpmdb/pkg"
)

func main() {
	db, err := rpmdb.Open(os.Args[1])
	if err == nil {
		var packages []*rpmdb.PackageInfo
		if packages, err = db.ListPackages(); err == nil {
			for _, p := range packages {
				epoch := ""
				if p.Epoch != nil {
					epoch = fmt.Sprintf("%d:", *p.Epoch)
				}
				fmt.Printf("%s %s%s-%s %s\n", p.Name, epoch, p.Version, p.Release, p.Arch)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
