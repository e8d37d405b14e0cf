#!/usr/bin/env bash
# Makes a libFuzzer program, and its seeds, of each fuzz target in the list targets, in $OUT. ClusterFuzzLite and
# OSS-Fuzz run it in their image, with clang in $CXX and libFuzzer in $LIB_FUZZING_ENGINE. Elsewhere gcc links each
# target with driver.c, which plays files: `make fuzz-build` does that, and plays all seeds.
# Usage: build.sh [TARGET…]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${SRC:+$SRC/umqtt}
root=${root:-$(dirname "$here")}
OUT=${OUT:?a folder for the programs}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# go-118-fuzz-build changes the files of a package, and needs its own package testing in go.mod: both in a copy.
fuzzbuild=github.com/AdamKorcz/go-118-fuzz-build
(cd "$root" && go build -modfile=.ci/tools.mod -o "$work/fuzz-build" "$fuzzbuild")
version=$(cd "$root" && go list -modfile=.ci/tools.mod -m -f '{{.Version}}' "$fuzzbuild")
mkdir "$work/tree"
tar -C "$root" --exclude=.git --exclude=harness/peers -cf - . | tar -C "$work/tree" -xf -
cd "$work/tree"
go mod edit -require="$fuzzbuild@$version"
cat .ci/tools.sum >> go.sum
export GOFLAGS=-mod=mod

# expose makes a package of the tests of $1, which go-118-fuzz-build does not read, and prints where it is.
expose() {
	local folder=$1 target=$2 file of name
	file=$(grep -l "^func $target(f \*testing.F)" "$folder"/*_test.go)
	of=$(sed -n 's/^package //p' "$file")
	for test in "$folder"/*_test.go; do
		if [ "$(sed -n 's/^package //p' "$test")" != "$of" ]; then
			continue
		fi
		name=$(basename "$test" _test.go)
		case $of in
		*_test) # tests from outside are a package of their own
			mkdir -p "$folder/exposed"
			mv "$test" "$folder/exposed/exposed_$name.go" ;;
		*)
			mv "$test" "$folder/exposed_$name.go" ;;
		esac
	done
	case $of in *_test) folder=$folder/exposed ;; esac
	sed -i -E 's/^func (Fuzz[A-Za-z]+)\(f \*testing\.F\)/func \1(f *libFuzzerF)/' "$folder"/exposed_*.go
	sed "s/^package fuzz\$/package $of/" "$here/host.go" > "$folder/libfuzzer_host.go"
	echo "$folder" "$of"
}

declare -A exposed
while read -r package target; do
	case $package in '' | '#'*) continue ;; esac
	if [ $# -gt 0 ] && [[ " $* " != *" $target "* ]]; then
		continue
	fi
	if [ -z "${exposed[$package]:-}" ]; then
		exposed[$package]=$(expose "$package" "$target")
	fi
	read -r folder of <<< "${exposed[$package]}"
	cat > "$folder/libfuzzer_target.go" <<-GO
		package $of

		import "testing"

		// Lib$target plays the input of libFuzzer. The package testing of this file is go-118-fuzz-build's.
		func Lib$target(f *testing.F) {
			if !libFuzzerPlay($target, f.Data) {
				panic("$target failed")
			}
		}
	GO
	"$work/fuzz-build" -o "$work/$target.a" -func "Lib$target" "$folder"
	rm -f "$folder"/libfuzzer_target.go*
	if [ -n "${LIB_FUZZING_ENGINE:-}" ]; then
		$CXX $CXXFLAGS $LIB_FUZZING_ENGINE "$work/$target.a" -o "$OUT/$target"
	else
		"${CC:-cc}" -o "$OUT/$target" "$here/driver.c" "$work/$target.a" -lpthread
	fi
	seeds=$work/$target.seeds
	mkdir "$seeds"
	: > "$work/empty"
	FUZZ_SEEDS=$seeds FUZZ_CORPUS=$root/$package/testdata/fuzz/$target "$OUT/$target" "$work/empty" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	if command -v zip > /dev/null; then
		zip -jqr "$OUT/${target}_seed_corpus.zip" "$seeds"
	else
		rm -rf "$OUT/${target}_seed_corpus"
		cp -r "$seeds" "$OUT/${target}_seed_corpus"
	fi
	echo "$target: $(ls "$seeds" | wc -l) seeds"
done < "$here/targets"
