# SPDX-License-Identifier: Apache-2.0
# What cases.txt calls. The folder is the scratch folder that prepare.sh filled.
config() { "$R" config "$@"; }
train_in() { rm -rf new && "$R" train -c "$BAD/yaml/tiny.yaml" data.root=data run="$@"; }
train() { train_in new "$@"; }
annotations() { train data.train="$1" data.eval=; }
init() { train model.init="$1"; }
evaluate_in() { d=$1 r=$2; shift 2; "$R" eval --checkpoint run --data "$d" --root "$r" -o new "$@"; }
evaluate() { evaluate_in data/seen data "$@"; }
tag() { "$R" tag --checkpoint run "$@"; }
retrieve() { "$R" retrieve --checkpoint run "$@"; }
checkpoint() { "$R" tag --checkpoint "$1" data/images/rgb.png; }
