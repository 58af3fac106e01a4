// The template package of Go's own library with docker's functions: what src/template is compared with.
// Reads cases, one JSON object a line, and answers each with one line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"text/template"
	"time"
)

type Inner struct {
	User   string
	Env    []string
	Labels map[string]string
	Next   *Inner            `json:",omitempty"`
	Wait   time.Duration     `json:",omitempty"`
	Ports  map[Port]struct{} `json:",omitempty"`
}

type Port string

type Embedded struct {
	ID string `json:"Id"`
}

type Outer struct {
	Embedded
	Name   string
	Count  int
	Size   int64
	Small  uint8
	Share  float64
	Half   float32
	On     bool
	Inner  Inner
	Config *Inner
	None   *Inner
	Any    interface{}
	List   []Inner
	Sizes  []int64
	Table  map[string]int
	When   time.Time
}

func (o Outer) Hello(name string) string { return "hello " + name }

func join(elems any, sep string) (string, error) {
	if elems == nil {
		return "", nil
	}
	value := reflect.ValueOf(elems)
	var texts []string
	switch value.Kind() {
	case reflect.Array, reflect.Slice:
		for i := 0; i < value.Len(); i++ {
			texts = append(texts, fmt.Sprint(value.Index(i).Interface()))
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			texts = append(texts, fmt.Sprint(value.MapIndex(key).Interface()))
		}
		sort.Strings(texts)
	default:
		return "", fmt.Errorf("expected slice, got %T", elems)
	}
	return strings.Join(texts, sep), nil
}

var functions = template.FuncMap{
	"json": func(v any) string {
		var text strings.Builder
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			panic(err)
		}
		return strings.TrimSpace(text.String())
	},
	"split": strings.Split,
	"join":  join,
	"title": strings.Title,
	"lower": strings.ToLower,
	"upper": strings.ToUpper,
	"pad": func(text string, before, after int) string {
		if text == "" {
			return text
		}
		return strings.Repeat(" ", before) + text + strings.Repeat(" ", after)
	},
	"truncate": func(text string, length int) string {
		if len(text) < length {
			return text
		}
		return text[:length]
	},
}

type request struct {
	Template string
	Data     json.RawMessage
	// "raw": JSON with its numbers as they stand, a missing key is an error; "typed": an Outer; "json": plain JSON.
	Kind string
}

func answer(line []byte) (string, error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return "", err
	}
	parsed, err := template.New("").Funcs(functions).Parse(asked.Template)
	if err != nil {
		return "", err
	}
	decoder := json.NewDecoder(strings.NewReader(string(asked.Data)))
	var text strings.Builder
	if asked.Kind == "typed" {
		var outer Outer
		if err := decoder.Decode(&outer); err != nil {
			return "", err
		}
		err = parsed.Execute(&text, outer)
	} else {
		var data any
		decoder.UseNumber()
		if err := decoder.Decode(&data); err != nil {
			return "", err
		}
		if asked.Kind == "raw" {
			parsed = parsed.Option("missingkey=error")
		}
		err = parsed.Execute(&text, data)
	}
	return text.String(), err
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for input.Scan() {
		text, err := answer(input.Bytes())
		said := map[string]string{"text": text}
		if err != nil {
			said = map[string]string{"error": err.Error()}
		}
		line, _ := json.Marshal(said)
		output.Write(line)
		output.WriteByte('\n')
		output.Flush()
	}
}
