// Reads {"dockerfile", "buildArgs", "target"} lines and answers each with what BuildKit's frontend says of it: asked for "checks" what it warns
// of, for "calls" its outline of the target and its list of targets.
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
	config := []byte(`{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/bin:/bin","BASE_VARIABLE=x"]},"rootfs":{"type":"layers","diff_ids":["sha256:0000000000000000000000000000000000000000000000000000000000000001"]}}`)
	return ref, digest.FromBytes(config), config, nil
}

type question struct {
	Dockerfile string            `json:"dockerfile"`
	BuildArgs  map[string]string `json:"buildArgs"`
	Target     string            `json:"target"`
}

type warning struct {
	Rule string `json:"rule"`
	Line int32  `json:"line"`
}

type answer struct {
	Warnings []warning        `json:"warnings"`
	Outline  *outline.Outline `json:"outline"`
	Targets  *targets.List    `json:"targets"`
	Error    string           `json:"error,omitempty"`
}

func checks(dt []byte, opt dockerfile2llb.ConvertOpt) (a answer, err error) {
	results, err := dockerfile2llb.DockerfileLint(context.Background(), dt, opt)
	if err != nil {
		return
	}
	a.Warnings = []warning{}
	for _, w := range results.Warnings {
		line := int32(0)
		if w.Location != nil && len(w.Location.Ranges) > 0 {
			line = w.Location.Ranges[0].Start.Line
		}
		a.Warnings = append(a.Warnings, warning{w.RuleName, line})
	}
	if results.Error != nil {
		a.Error = results.Error.Message
	}
	return
}

func calls(dt []byte, opt dockerfile2llb.ConvertOpt) (a answer, err error) {
	if a.Outline, err = dockerfile2llb.Dockerfile2Outline(context.Background(), dt, opt); err == nil {
		a.Targets, err = dockerfile2llb.ListTargets(context.Background(), dt)
	}
	return
}

func main() {
	ask := checks
	if os.Args[1] == "calls" {
		ask = calls
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var q question
		if in.Decode(&q) != nil {
			return
		}
		dt := []byte(q.Dockerfile)
		source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", dt)
		source.Definition = &llb.Definition{}
		platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
		a, err := ask(dt, dockerfile2llb.ConvertOpt{
			Config:         dockerui.Config{BuildArgs: q.BuildArgs, Target: q.Target},
			SourceMap:      source,
			TargetPlatform: &platform,
			MetaResolver:   images{},
		})
		if err != nil {
			a.Error = err.Error()
		}
		if out.Encode(a) != nil {
			return
		}
	}
}
