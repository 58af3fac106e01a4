module imagetools

go 1.25

require github.com/docker/buildx v0.29.1
