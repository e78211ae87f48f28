# SPDX-License-Identifier: Apache-2.0
# What cases.txt calls. The folder is the scratch folder that prepare.sh filled.
config() { "$R" config "$@"; }
train() { rm -rf new && "$R" train -c "$BAD/yaml/tiny.yaml" data.root=data run=new "$@"; }
annotations() { train data.train="$1" data.eval=; }
init() { train model.init="$1"; }
evaluate() { "$R" eval --checkpoint run --data data/seen --root data -o new "$@"; }
tag() { "$R" tag --checkpoint run "$@"; }
retrieve() { "$R" retrieve --checkpoint run "$@"; }
checkpoint() { "$R" tag --checkpoint "$1" data/images/rgb.png; }
