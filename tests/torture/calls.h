/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of the system calls that fail on demand: those that touch files. */
SYS_openat, SYS_read, SYS_pread64, SYS_write, SYS_pwrite64, SYS_close, SYS_fsync, SYS_fdatasync,
    SYS_ftruncate, SYS_lseek, SYS_newfstatat, SYS_getdents64, SYS_flock, SYS_renameat2,
    SYS_mmap,
#ifdef SYS_open /* architectures that have both forms */
    SYS_rename, SYS_mkdir, SYS_unlink, SYS_rmdir, SYS_symlink, SYS_readlink,
#endif
    SYS_renameat, SYS_mkdirat, SYS_unlinkat, SYS_symlinkat, SYS_readlinkat,
