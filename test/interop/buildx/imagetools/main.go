// buildx's imagetools without the rest of buildx: `inspect [--raw] NAME [FORMAT]`, `create NAME...` (what --dry-run prints), both over plain HTTP.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/buildx/util/imagetools"
	"github.com/docker/buildx/util/resolver"
	clitypes "github.com/docker/cli/cli/config/types"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
)

type nobody struct{}

func (nobody) GetAuthConfig(string) (clitypes.AuthConfig, error) { return clitypes.AuthConfig{}, nil }

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(command string, names []string) error {
	isPlain, isRaw := true, false
	if names[0] == "--raw" {
		isRaw, names = true, names[1:]
	}
	host, _, _ := strings.Cut(names[0], "/")
	opt := imagetools.Opt{
		Auth:           nobody{},
		RegistryConfig: map[string]resolver.RegistryConfig{host: {PlainHTTP: &isPlain}},
	}
	ctx := context.Background()
	if command == "inspect" {
		format := ""
		if len(names) > 1 {
			format = names[1]
		}
		printer, err := imagetools.NewPrinter(ctx, opt, names[0], format)
		if err != nil {
			return err
		}
		return printer.Print(isRaw, os.Stdout)
	}
	r := imagetools.New(opt)
	var sources []*imagetools.Source
	annotations := map[exptypes.AnnotationKey]string{}
	for _, name := range names {
		if key, value, found := strings.Cut(name, "="); found {
			annotations[exptypes.AnnotationKey{Type: exptypes.AnnotationIndex, Key: key}] = value
			continue
		}
		ref, err := reference.ParseNormalizedNamed(name)
		if err != nil {
			return err
		}
		_, descriptor, err := r.Resolve(ctx, name)
		if err != nil {
			return err
		}
		sources = append(sources, &imagetools.Source{Ref: ref, Desc: descriptor})
	}
	bytes, _, _, err := r.Combine(ctx, sources, annotations, true)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", bytes)
	return nil
}
