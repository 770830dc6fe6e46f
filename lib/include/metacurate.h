/* All of libmetacurate. */
#ifndef METACURATE_H
#define METACURATE_H

#include "metacurate/audit.h"
#include "metacurate/balance.h"
#include "metacurate/base.h"
#include "metacurate/concepts.h"
#include "metacurate/extract.h"
#include "metacurate/io.h"
#include "metacurate/match.h"
#include "metacurate/metadata.h"
#include "metacurate/pool.h"
#include "metacurate/text.h"

#endif
