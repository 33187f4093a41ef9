// Service: an environment over HTTP: whether it is alive, whether its indexes are ready, its status, its metrics.
//
//   ServiceProcess   listens, serves each connection on a thread of its own, stops gracefully
//   HTTP/            the protocol: addresses, requests within limits and deadlines, responses, the token
//   Routes/          what lies under which path; each request reads the environment in transactions of its own
//
// Nothing that a request answers is remembered from another one: readiness least of all.
