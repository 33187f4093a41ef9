#include <zmq.h>

// Options that libzmq 4.3 exports but lists among its draft names in the header.
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
