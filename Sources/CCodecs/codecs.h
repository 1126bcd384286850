// The four codecs of Kafka's record batches, as Debian ships them.
#include <lz4.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>
