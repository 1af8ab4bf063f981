// Package tap writes the Test Anything Protocol, version 13, to standard output.
//
// The validation programs of the OCI runtime-tools import a package of this name that Debian does not have; this one offers what they call.
package tap

import (
	"encoding/json"
	"fmt"
	"strings"
)

// T counts the results of one program.
type T struct {
	results int
}

// New returns a counter at zero.
func New() *T {
	return &T{}
}

// Header starts the output; results is their number, 0 when it is not known yet.
func (t *T) Header(results int) {
	fmt.Println("TAP version 13")
	if results > 0 {
		fmt.Printf("1..%d\n", results)
	}
}

// Ok writes a result.
func (t *T) Ok(passed bool, description string) {
	t.results++
	word := "ok"
	if !passed {
		word = "not ok"
	}
	fmt.Printf("%s %d - %s\n", word, t.results, oneLine(description))
}

// Todo takes one result that may be bad: nobody promised it yet.
func (t *T) Todo() *Todo {
	return &Todo{t}
}

// Todo writes results that do not count.
type Todo struct {
	t *T
}

// Fail writes a result that does not count.
func (todo *Todo) Fail(description string) {
	todo.t.Skip(1, description)
}

// Pass writes a result that is good.
func (t *T) Pass(description string) {
	t.Ok(true, description)
}

// Fail writes a result that is bad.
func (t *T) Fail(description string) {
	t.Ok(false, description)
}

// Skip writes results that were not looked for.
func (t *T) Skip(results int, description string) {
	for ; results > 0; results-- {
		t.results++
		fmt.Printf("ok %d # SKIP %s\n", t.results, oneLine(description))
	}
}

// AutoPlan ends the output of a program that did not know the number of its results.
func (t *T) AutoPlan() {
	fmt.Printf("1..%d\n", t.results)
}

// Diagnostic writes a remark.
func (t *T) Diagnostic(text string) {
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		fmt.Printf("# %s\n", line)
	}
}

// Diagnosticf writes a remark.
func (t *T) Diagnosticf(format string, values ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, values...))
}

// YAML writes what belongs to the result before; JSON is YAML.
func (t *T) YAML(value interface{}) error {
	text, err := json.MarshalIndent(value, "  ", "  ")
	if err != nil {
		return err
	}
	fmt.Printf("  ---\n  %s\n  ...\n", text)
	return nil
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
