// Reads {"dockerfile", "buildArgs", "target"} lines and answers each with BuildKit's outline of the target, and its list of targets.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

type images struct{}

func (images) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := []byte(`{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/bin:/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:0000000000000000000000000000000000000000000000000000000000000001"]}}`)
	return ref, digest.FromBytes(config), config, nil
}

type question struct {
	Dockerfile string            `json:"dockerfile"`
	BuildArgs  map[string]string `json:"buildArgs"`
	Target     string            `json:"target"`
}

type answer struct {
	Outline *outline.Outline `json:"outline"`
	Targets *targets.List    `json:"targets"`
	Error   string           `json:"error,omitempty"`
}

func ask(q question) (a answer) {
	dt := []byte(q.Dockerfile)
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", dt)
	source.Definition = &llb.Definition{}
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	var err error
	a.Outline, err = dockerfile2llb.Dockerfile2Outline(context.Background(), dt, dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildArgs: q.BuildArgs, Target: q.Target},
		SourceMap:      source,
		TargetPlatform: &platform,
		MetaResolver:   images{},
	})
	if err == nil {
		a.Targets, err = dockerfile2llb.ListTargets(context.Background(), dt)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return a
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var q question
		if in.Decode(&q) != nil {
			return
		}
		if out.Encode(ask(q)) != nil {
			return
		}
	}
}
