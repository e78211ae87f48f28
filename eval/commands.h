/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this folder; argv[0] is the command's name. They return an exit code. */
#ifndef RAMPLUS_EVAL_COMMANDS_H
#define RAMPLUS_EVAL_COMMANDS_H

int cmd_embed(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_retrieve(int argc, char **argv);
int cmd_tag(int argc, char **argv);
int cmd_threshold(int argc, char **argv);

#endif
