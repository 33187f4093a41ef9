// Service: an environment over HTTP: health and readiness, status and metrics, records, queries and indexes.
//
//   ServiceProcess   listens, serves each connection on a thread of its own, stops gracefully
//   HTTP/            the protocol: addresses, requests within limits and deadlines, responses, the token
//   Routes/          what lies under which path; each request reads the environment in transactions of its own
//
// Nothing that a request answers is remembered from another one: readiness least of all.
