module rpm-list

go 1.24

require github.com/knqyf263/go-rpmdb v0.1.1
