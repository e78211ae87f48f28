/* SPDX-License-Identifier: Apache-2.0 */
/* Which sanitizer the tests are compiled with, whatever the compiler calls it. */
#ifndef RAMPLUS_TESTS_SUPPORT_SANITIZED_H
#define RAMPLUS_TESTS_SUPPORT_SANITIZED_H

#ifdef __has_feature
#define SANITIZED(name) __has_feature(name##_sanitizer)
#else
#define SANITIZED(name) 0
#endif

#if defined __SANITIZE_ADDRESS__ || SANITIZED(address)
enum { ADDRESS_SANITIZER = 1 };
#else
enum { ADDRESS_SANITIZER = 0 };
#endif

#if defined __SANITIZE_THREAD__ || SANITIZED(thread)
enum { THREAD_SANITIZER = 1 };
#else
enum { THREAD_SANITIZER = 0 };
#endif

/* Both replace the allocator, keep a shadow of all memory and delay what is freed. */
enum { SANITIZED_MEMORY = ADDRESS_SANITIZER || THREAD_SANITIZER };

#endif
