package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/variant"
)

// shells are those for which there are completion scripts.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// completionCommand returns the command completion. It is a function, since it refers to the list that it is in.
func completionCommand() command {
	return command{
		name:  "completion",
		args:  strings.Join(shells, "|"),
		short: "write a script that completes commands in a shell",
		long: `
Writes a script with which a shell completes commands, flags and their values. With bash:

  source <(mqttconform completion bash)`,
		make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
			return newFlags("completion"), func(args []string) (int, error) {
				if len(args) != 1 || !slices.Contains(shells, args[0]) {
					return 0, usagef("completion needs the name of a shell: %s", strings.Join(shells, ", "))
				}
				return exitOK, a.complete([]string{"completion", args[0]})
			}
		},
	}
}

// complete writes a completion script, or answers a shell that asks for words.
func (a app) complete(args []string) error {
	root := &cobra.Command{Use: "mqttconform", SilenceErrors: true, SilenceUsage: true}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	for _, c := range commands() {
		if c.name == "completion" || c.name == "help" {
			continue // cobra has its own
		}
		flags, _ := c.make(a)
		sub := &cobra.Command{Use: c.name, Short: c.short, Run: func(*cobra.Command, []string) {}}
		sub.Flags().AddFlagSet(flags)
		for flag, words := range flagWords {
			if flags.Lookup(flag) != nil {
				if err := sub.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words(), cobra.ShellCompDirectiveNoFileComp)); err != nil {
					return &setupError{err}
				}
			}
		}
		root.AddCommand(sub)
	}
	root.SetArgs(args)
	if err := root.Execute(); err != nil {
		return usagef("%v", err)
	}
	return nil
}

// flagWords are the words that the values of flags are completed to.
var flagWords = map[string]func() []string{
	"filter":  scenarioWords,
	"exclude": scenarioWords,
	"require": func() []string { return append(scenarioWords(), "umqtt", "api") },
	"subject": subjectNames,
	"world":   func() []string { return []string{"real", "simulated"} },
	"format":  func() []string { return []string{"text", "json"} },
	"level":   func() []string { return levels },
	"mutant": func() (names []string) {
		for _, m := range mutant.All() {
			names = append(names, m.Name)
		}
		return names
	},
	"variant": func() (names []string) {
		for _, v := range variant.All() {
			names = append(names, v.Name)
		}
		return names
	},
	"statement": func() (ids []string) {
		for _, r := range spec.All() {
			ids = append(ids, r.ID)
		}
		return ids
	},
	"features": func() (names []string) {
		for _, f := range spec.Features() {
			names = append(names, string(f.Name))
		}
		return names
	},
	"tag": func() []string {
		all, _ := suite(nil)
		return tagsOf(all)
	},
}

// scenarioWords returns the names of the suite's scenarios, and a pattern for each behaviour.
func scenarioWords() []string {
	all, _ := suite(nil)
	var words []string
	for _, sc := range all {
		behaviour, _, _ := strings.Cut(sc.Name, "/")
		words = append(words, sc.Name, behaviour+"/*")
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// tagsOf returns the tags of scenarios, in alphabetical order.
func tagsOf(all []*scenario.Scenario) []string {
	var tags []string
	for _, sc := range all {
		tags = append(tags, sc.Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}
