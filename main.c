/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents of the program. */
#include "configs/commands.h"
#include "configs/config.h"
#include "core/io/streams.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "core/stop.h"
#include "core/unfinished.h"
#include "core/version.h"
#include "data/commands.h"
#include "eval/commands.h"
#include "train/commands.h"

#include <stdlib.h>

const char mem_advice[] = "; lower train.batch, eval.batch or model.tile";

static const CliCommand *const commands[] = {
    &cmd_prepare,  &cmd_describe, &cmd_train,  &cmd_eval,      &cmd_tag,
    &cmd_retrieve, &cmd_embed,    &cmd_ablate, &cmd_threshold, &cmd_report,
    &cmd_convert,  &cmd_info,     &cmd_verify, &cmd_config,    NULL,
};

static const CliTopic topics[] = {
    {"EXIT STATUS",
     "0: success. 1: runtime error, such as a full disk. 2: wrong command line or "
     "configuration. 3: bad or insufficient data. 4: unusable endpoint or network failure. "
     "5: numerical divergence. 6: damaged or mismatched checkpoint or label bank. 75: stopped "
     "by a signal, or by --max-requests; run the same command again to resume. 141: the reader "
     "of the output has gone, as in `ramplus config | head`. Ended by a signal (129, 130, 138, "
     "143 in a shell): see SIGNALS.\n\n"
     "Results go to standard output, messages to standard error. A command that cannot write "
     "them fails with 1, and names the reason if that was standard output."},
    {"SIGNALS",
     "SIGINT, SIGTERM, SIGHUP and SIGUSR1 stop a command wherever it is; one that is ignored "
     "when the command starts stays ignored. train and ablate finish the step or the batch of "
     "an evaluation that they are computing, save, and exit with 75; before their first step "
     "they exit with 75 at once, and so does embed. describe exits with 75 within two seconds. "
     "Other commands are ended by the signal. A second SIGINT ends every command at once, and "
     "what was not saved is lost. Files that were being written are removed."},
    {"ENVIRONMENT",
     "RAMPLUS_API_KEY: the key that describe sends to its endpoint. OPENAI_API_KEY, "
     "OPENROUTER_API_KEY, GEMINI_API_KEY, AZURE_OPENAI_API_KEY: likewise, to the provider in "
     "the "
     "name only; OPENAI_API_KEY also to this machine.\n\n"
     "OMP_NUM_THREADS, OMP_THREAD_LIMIT: the largest number of threads where an option for it "
     "is 0. So are the processors of the affinity mask and the quota of the control group.\n\n"
     "TERM=dumb, no TERM, or NO_COLOR: progress as plain lines, as in a file. COLUMNS: the "
     "width "
     "of a terminal that does not know its own."},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    stop_block();
    streams_open();
    atexit(unfinished_remove); /* libgomp exits by itself */
    gemm_open();
    const CliProgram program = {
        .name = "ramplus",
        .version = RAMPLUS_VERSION,
        .summary = "train, evaluate and apply the Recognize Anything Plus Model",
        .command = commands,
        .settings = "set one option of the configuration; `ramplus config --options` lists all",
        .table = config_table(),
        .topic = topics,
    };
    return streams_close(cli_main(&program, argc, argv));
}
