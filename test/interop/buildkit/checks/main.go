// Reads {"dockerfile", "buildArgs"} lines and answers each with what BuildKit's frontend warns of.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
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
}

type warning struct {
	Rule   string `json:"rule"`
	Detail string `json:"detail"`
	Line   int32  `json:"line"`
}

type answer struct {
	Warnings []warning `json:"warnings"`
	Error    string    `json:"error,omitempty"`
}

func ask(q question) (a answer) {
	dt := []byte(q.Dockerfile)
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", dt)
	source.Definition = &llb.Definition{}
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), dt, dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildArgs: q.BuildArgs},
		SourceMap:      source,
		TargetPlatform: &platform,
		MetaResolver:   images{},
	})
	if err != nil {
		return answer{Error: err.Error()}
	}
	a.Warnings = []warning{}
	for _, w := range results.Warnings {
		line := int32(0)
		if w.Location != nil && len(w.Location.Ranges) > 0 {
			line = w.Location.Ranges[0].Start.Line
		}
		a.Warnings = append(a.Warnings, warning{w.RuleName, w.Detail, line})
	}
	if results.Error != nil {
		a.Error = results.Error.Message
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
