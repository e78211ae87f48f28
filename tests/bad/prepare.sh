#!/bin/sh -e
# SPDX-License-Identifier: Apache-2.0
# Run in an empty folder, with $R the binary and $BAD this folder: makes good inputs, then damages copies.
images=$BAD/../golden/images
mkdir -p data/images data/seen
cp "$images"/rgb.png "$images"/baseline.jpg "$images"/lossy.webp "$images"/gray.jpg data/images
record() { printf '{"image_path": "images/%s", "union_label_id": [%s], "caption": ["a %s"]}' "$@"; }
{ printf '['; record rgb.png 0 red; printf ',\n '; record baseline.jpg 1 blue; printf ',\n '
  record lossy.webp '0, 1' 'red and blue'; printf ',\n '; record gray.jpg '' gray; printf ']\n'
} > data/train.json
printf 'red\nblue\n' | tee data/train_tags.txt > data/seen/tags.txt
printf 'images/rgb.png,red\nimages/baseline.jpg,blue,red\n' > data/seen/annotations.txt
"$R" train -c "$BAD/yaml/tiny.yaml" data.root=data run=run
"$R" eval --checkpoint run --data data/seen --root data -o scored
good=run/checkpoints/latest
image=data/images/rgb.png

# flip FILE OFFSET: inverts one byte.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    printf "\\$(printf %03o $((255 - byte)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}
size=$(wc -c < "$good")
head -c $((size / 2)) "$good" > half.h5
head -c 100 "$good" > head.h5
cp "$good" flipped.h5
flip flipped.h5 $((size / 2))
cp "$good" flipped_start.h5
flip flipped_start.h5 40
printf 'not a checkpoint\n' > text.h5
mkdir folder
printf 'red\nwalrus\n' > other_tags.txt

# Safetensors: eight bytes of header length, the header, the data.
# st FILE HEADER [BYTES OF DATA]
st() {
    n=${#2}
    { printf "\\$(printf %03o $((n % 256)))\\$(printf %03o $((n / 256)))\0\0\0\0\0\0%s" "$2"
      head -c "${3:-0}" /dev/zero; } > "$1"
}
one='"shape":[1],"data_offsets"'
st wrong_names.safetensors "{\"a\":{\"dtype\":\"F32\",$one:[0,4]}}" 4
st wrong_shape.safetensors "{\"fc.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}" 8
st overlap.safetensors "{\"a\":{\"dtype\":\"F32\",$one:[0,4]},\"b\":{\"dtype\":\"F32\",$one:[2,6]}}" 6
st beyond.safetensors "{\"a\":{\"dtype\":\"F32\",$one:[0,400]}}" 4
st backwards.safetensors "{\"a\":{\"dtype\":\"F32\",$one:[4,0]}}" 4
st wrong_type.safetensors "{\"a\":{\"dtype\":\"F33\",$one:[0,4]}}" 4
st not_json.safetensors '{"a":{"dtype":' 4
st list.safetensors '[1, 2]' 4
printf '\377\377\377\377\377\377\377\177{}' > huge_header.safetensors
printf '\20\0' > cut_length.safetensors

# PyTorch's.
views=$BAD/../golden/weights/views.pth
mkdir folder.pth
: > empty.pth
printf 'not a checkpoint\n' > text.pth
head -c 1473 "$views" > cut.pth
printf '\200\002\212\012l\374\234F\371j P.' > old.pth
cp "$views" flipped.pth
flip flipped.pth 200
cp "$views" flipped_name.pth
flip flipped_name.pth 34

# Images.
: > empty.jpg
printf 'this is no image\n' > text.jpg
head -c 40 "$image" > head.png
printf '\377\330\377\340' > magic.jpg
printf 'RIFF\20\0\0\0WEBPVP8 \4\0\0\0' > cut.webp
# A PNG that claims 65535 x 65535 pixels, with a wrong checksum.
printf '\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\377\377\0\0\377\377\10\2\0\0\0\0\0\0\0' > huge.png
mkdir bad_images
cp text.jpg bad_images/a.jpg

# Tables.
mkdir no_header utf16
printf 'image,tags\nnone.jpg,cat\n"none2.jpg,dog\n' > table.csv
printf '1.jpg,cat\n2.jpg,dog\n' > no_header/table.csv
printf '\377\376i\0m\0g\0,\0t\0\n\0' > utf16/table.csv

# Annotations over images that do not exist.
printf '[{"image_path": "none.png", "union_label_id": [0], "caption": ["a"]},\n' > missing_images.json
printf ' {"image_path": "none2.png", "union_label_id": [0], "caption": ["b"]}]\n' >> missing_images.json
# 200,000 opening brackets.
head -c 200000 /dev/zero | tr '\0' '[' > deep.json
# More YAML than anyone writes by hand.
{ printf 'run: "'; head -c 2000000 /dev/zero | tr '\0' x; printf '"\n'; } > large.yaml
