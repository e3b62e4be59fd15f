#include "redis_tls.hpp"

#ifdef PEAK_WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#endif

#include <utility>

namespace peak::cache::redis {

#ifdef PEAK_WITH_TLS

struct ContextFree {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct SslFree {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

struct Tls::Session {
  std::unique_ptr<SSL_CTX, ContextFree> context;
  std::unique_ptr<SSL, SslFree> ssl;
  BIO* incoming = nullptr;  ///< both belong to ssl
  BIO* outgoing = nullptr;
};

namespace {

Error tls_error(const char* what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return io_error(std::string("TLS, ") + what + ": " +
                  (reason == nullptr ? "the server closed or spoke no TLS" : reason));
}

Status configure(SSL_CTX* context, SSL* ssl, const RedisOptions& options) {
  if (!options.tls_verify) {
    SSL_set_verify(ssl, SSL_VERIFY_NONE, nullptr);
    return {};
  }
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  const bool loaded = options.tls_ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context) == 1
                          : SSL_CTX_load_verify_locations(context, options.tls_ca_file.c_str(), nullptr) == 1;
  if (!loaded) return tls_error(("certificates of '" + options.tls_ca_file + "'").c_str());
  // A host given by number is checked against the certificate's addresses, a name against its names.
  X509_VERIFY_PARAM* checks = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, options.host.c_str()) != 1) {
    ERR_clear_error();
    if (SSL_set1_host(ssl, options.host.c_str()) != 1) return tls_error("host name");
    // SSL_set_tlsext_host_name is a macro with a cast that this project's warnings refuse.
    std::string name = options.host;
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  return {};
}

}  // namespace

bool has_tls() noexcept { return true; }

Tls::Tls(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Tls::~Tls() = default;

Result<std::unique_ptr<Tls>> Tls::start(const RedisOptions& options) {
  auto session = std::make_unique<Session>();
  session->context.reset(SSL_CTX_new(TLS_client_method()));
  if (session->context == nullptr) return tls_error("start");
  SSL_CTX_set_min_proto_version(session->context.get(), TLS1_2_VERSION);
  session->ssl.reset(SSL_new(session->context.get()));
  if (session->ssl == nullptr) return tls_error("start");
  PEAK_RETURN_IF_ERROR(configure(session->context.get(), session->ssl.get(), options));
  session->incoming = BIO_new(BIO_s_mem());
  session->outgoing = BIO_new(BIO_s_mem());
  SSL_set_bio(session->ssl.get(), session->incoming, session->outgoing);
  SSL_set_connect_state(session->ssl.get());
  return std::unique_ptr<Tls>(new Tls(std::move(session)));
}

Result<bool> Tls::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(session_->ssl.get());
  if (done == 1) return true;
  if (SSL_get_error(session_->ssl.get(), done) == SSL_ERROR_WANT_READ) return false;
  return tls_error("handshake");
}

Status Tls::encrypt(std::string_view bytes) {
  ERR_clear_error();
  std::size_t written = 0;
  if (bytes.empty() || SSL_write_ex(session_->ssl.get(), bytes.data(), bytes.size(), &written) == 1) return {};
  return tls_error("write");
}

Result<std::size_t> Tls::decrypt(char* into, std::size_t size) {
  ERR_clear_error();
  std::size_t count = 0;
  if (SSL_read_ex(session_->ssl.get(), into, size, &count) == 1) return count;
  if (SSL_get_error(session_->ssl.get(), 0) == SSL_ERROR_WANT_READ) return std::size_t{0};
  return tls_error("read");
}

std::string Tls::take_outgoing() {
  std::string bytes(BIO_ctrl_pending(session_->outgoing), '\0');
  std::size_t count = 0;
  if (!bytes.empty()) BIO_read_ex(session_->outgoing, bytes.data(), bytes.size(), &count);
  bytes.resize(count);
  return bytes;
}

Status Tls::add_incoming(std::string_view bytes) {
  std::size_t count = 0;
  if (BIO_write_ex(session_->incoming, bytes.data(), bytes.size(), &count) == 1 && count == bytes.size()) return {};
  return tls_error("memory");
}

#else

struct Tls::Session {};

bool has_tls() noexcept { return false; }

Tls::Tls(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Tls::~Tls() = default;

Result<std::unique_ptr<Tls>> Tls::start(const RedisOptions&) { return unsupported("this build has no TLS"); }
Result<bool> Tls::handshake() { return unsupported("this build has no TLS"); }
Status Tls::encrypt(std::string_view) { return unsupported("this build has no TLS"); }
Result<std::size_t> Tls::decrypt(char*, std::size_t) { return unsupported("this build has no TLS"); }
std::string Tls::take_outgoing() { return {}; }
Status Tls::add_incoming(std::string_view) { return unsupported("this build has no TLS"); }

#endif

}  // namespace peak::cache::redis
