/* SPDX-License-Identifier: Apache-2.0 */
/* ramplus train: trains RAM++ from a configuration. */
#include "core/log.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/stop.h"
#include "train/commands.h"
#include "train/loop.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: ramplus train [-c FILE.yaml]... [key=value]... run=DIR [--resume auto|never|FILE]\n"
    "\n"
    "Trains tagging and image-text alignment on image-tags-text triplets. Later files and\n"
    "key=value settings win; `ramplus config --options` lists every key. The run folder holds\n"
    "config.yaml, metrics.jsonl, log.txt, checkpoints/ and eval/. SIGINT and SIGTERM save and\n"
    "stop with exit code 75; the same command goes on from there, bit for bit.\n"
    "\n"
    "  -c, --config FILE   options in YAML; the reference's own files work too\n"
    "  --resume HOW        auto (default): go on if the run folder has a checkpoint;\n"
    "                      never: start anew; FILE: go on from that checkpoint\n"
    "  -h, --help          this text\n"
    "\n"
    "example: ramplus prepare synth synth\n"
    "         ramplus train -c configs/synth.yaml data.root=synth run=runs/synth\n";

static void log_start(const RunInputs *in, const RunModel *m, int threads)
{
    const Config *c = in->config;
    log_info("RAM++, %lld parameters, %lld pixels: %lld images, %lld tags; %lld steps an "
             "epoch, %lld epochs; %d threads%s",
             (long long)m->params->len, (long long)c->backbone.image_size,
             (long long)in->annotations.count, (long long)in->labels.tags.count,
             (long long)in->steps_per_epoch, (long long)c->train.epochs, threads,
             config_bf16(c) ? ", bfloat16" : "");
    if (in->teacher)
        log_info("distillation: from the image tower of %s, %lld pixels%s", c->clip.weights,
                 (long long)teacher_image_size(in->teacher),
                 teacher_image_size(in->teacher) == c->backbone.image_size
                     ? ""
                     : " (a second view)");
    else if (c->loss.weight_distill > 0)
        log_info("distillation is off: %s%s",
                 *c->clip.weights ? c->clip.weights : "no clip.weights",
                 *c->clip.weights ? ": no image tower" : " to learn from");
}

static int train(const Config *config, Error *err)
{
    Trainer t;
    if (trainer_open(config, &t, err) != 0) return -1;
    log_start(&t.inputs, &t.model, t.threads);
    const int status = loop_run(&t, err);
    if (status == 0)
        log_info("done: %lld steps, peak memory %zu MiB; run folder %s",
                 (long long)t.state.step, mem_peak() >> 20, config->run.folder);
    trainer_close(&t);
    return status;
}

int cmd_train(int argc, char **argv)
{
    const char *how = NULL;
    const CliOption option[] = {{"resume", 0, &how, NULL}};
    Error err = {0};
    Cli cli;
    Config config;
    if (cli_parse(argc, argv, option, 1, &cli, &err) != 0) return cli_fail(&err);
    int status = 0;
    if (cli.help) {
        fputs(help, stdout);
        cli_free(&cli);
        return EXIT_OK;
    }
    if (cli.arguments > 0)
        status = error_set(&err, ERROR_USAGE,
                           "train: %s: unexpected argument; settings are key=value",
                           cli.argument[0]);
    if (status == 0)
        status =
            config_load(cli.file, cli.files, cli.assignment, cli.assignments, &config, &err);
    cli_free(&cli);
    if (status != 0) return cli_fail(&err);
    if (how) {
        mem_free(config.run.resume);
        config.run.resume = mem_strdup(how);
    }
    config_complete(&config);
    stop_block();
    status = train(&config, &err);
    config_free(&config);
    if (status < 0) return cli_fail(&err);
    return status == 0 ? EXIT_OK : ERROR_STOPPED;
}
