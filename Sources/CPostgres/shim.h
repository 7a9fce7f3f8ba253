#pragma once

#include <libpq-fe.h>
#include <sys/eventfd.h>

// glibc has it, but the Glibc module does not export it. Unlike `pthread_self`, the optimiser does not keep its value
// across a suspension point.
extern int gettid(void);

// libpq spells these as character literals, which are not imported.
enum {
    CT_DIAG_SQLSTATE = PG_DIAG_SQLSTATE,
    CT_DIAG_MESSAGE_PRIMARY = PG_DIAG_MESSAGE_PRIMARY,
};
