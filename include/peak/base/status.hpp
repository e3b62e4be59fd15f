// Status and Result: how Peak Trade reports failure.
//
// Every function that can fail returns Status or Result<T>; nothing in the library throws, prints or aborts.
// An Error says what happened, where (file, row, column, key, parameter) and what to do about it, in one text that
// can be shown to a user as it stands. Python turns codes into exceptions (python/src/errors.cpp), the command turns
// them into exit statuses (apps/peak/main.cpp).
//
// Threads: values, no shared state.
#pragma once

#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace peak {

/// Coarse kind of a failure. Callers branch on this; people read the message.
enum class ErrorCode : unsigned char {
  kInvalidArgument,  ///< an argument, option or parameter is wrong (command: exit 2; Python: ValueError)
  kNotFound,         ///< a file, name or key does not exist (command: exit 2, Python: FileNotFoundError or KeyError)
  kParse,            ///< text that should be an expression, a strategy file or a number is not (ValueError)
  kBadData,          ///< input data is damaged or breaks a rule of the data (command: exit 3; peaktrade.DataError)
  kIo,               ///< the operating system refused to read or write (OSError)
  kUnsupported,      ///< understood, but this build or platform cannot do it (NotImplementedError)
  kCancelled,        ///< stopped on request (KeyboardInterrupt)
  kInternal,         ///< a fault of Peak Trade itself; please report it (RuntimeError)
};

/// The snake_case name of a code, such as "invalid_argument".
const char* error_code_name(ErrorCode code) noexcept;

/// What went wrong: a kind, and a message with the place and the remedy.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  /// The same error with `context` and ": " before its message.
  [[nodiscard]] Error within(const std::string& context) const { return {code, context + ": " + message}; }
};

/// Either a value or an Error. Asking for the half that is not there is a programming error (undefined behaviour),
/// so test ok() first, or use PEAK_ASSIGN_OR_RETURN.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(const T& value) : has_value_(true) { new (&storage_.value) T(value); }
  Result(T&& value) : has_value_(true) { new (&storage_.value) T(std::move(value)); }
  Result(Error error) : has_value_(false) { new (&storage_.error) Error(std::move(error)); }
  Result(const Result& other) : has_value_(other.has_value_) {
    if (has_value_) {
      new (&storage_.value) T(other.storage_.value);
    } else {
      new (&storage_.error) Error(other.storage_.error);
    }
  }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : has_value_(other.has_value_) {
    if (has_value_) {
      new (&storage_.value) T(std::move(other.storage_.value));
    } else {
      new (&storage_.error) Error(std::move(other.storage_.error));
    }
  }
  Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    destroy();
    new (this) Result(std::move(other));
    return *this;
  }
  ~Result() { destroy(); }

  [[nodiscard]] bool ok() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  [[nodiscard]] T& value() & noexcept { return storage_.value; }
  [[nodiscard]] const T& value() const& noexcept { return storage_.value; }
  [[nodiscard]] T&& value() && noexcept { return std::move(storage_.value); }
  [[nodiscard]] T& operator*() & noexcept { return storage_.value; }
  [[nodiscard]] const T& operator*() const& noexcept { return storage_.value; }
  [[nodiscard]] T* operator->() noexcept { return &storage_.value; }
  [[nodiscard]] const T* operator->() const noexcept { return &storage_.value; }
  [[nodiscard]] const Error& error() const& noexcept { return storage_.error; }
  [[nodiscard]] Error&& error() && noexcept { return std::move(storage_.error); }

 private:
  void destroy() noexcept {
    if (has_value_) {
      storage_.value.~T();
    } else {
      storage_.error.~Error();
    }
  }
  union Storage {
    Storage() {}
    ~Storage() {}
    T value;
    Error error;
  } storage_;
  bool has_value_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  explicit operator bool() const noexcept { return ok_; }
  [[nodiscard]] const Error& error() const& noexcept { return error_; }
  [[nodiscard]] Error&& error() && noexcept { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};

using Status = Result<void>;

// Short makers, so that a failure is one line where it is found.
inline Error invalid_argument(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }
inline Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }
inline Error parse_error(std::string message) { return {ErrorCode::kParse, std::move(message)}; }
inline Error bad_data(std::string message) { return {ErrorCode::kBadData, std::move(message)}; }
inline Error io_error(std::string message) { return {ErrorCode::kIo, std::move(message)}; }
inline Error unsupported(std::string message) { return {ErrorCode::kUnsupported, std::move(message)}; }
inline Error internal_error(std::string message) { return {ErrorCode::kInternal, std::move(message)}; }

}  // namespace peak

#define PEAK_CONCAT_INNER(a, b) a##b
#define PEAK_CONCAT(a, b) PEAK_CONCAT_INNER(a, b)

/// `PEAK_ASSIGN_OR_RETURN(auto x, f());` gives x the value, or leaves the function with f's error.
#define PEAK_ASSIGN_OR_RETURN(declaration, expression) \
  PEAK_ASSIGN_OR_RETURN_IMPL(PEAK_CONCAT(peak_result_, __COUNTER__), declaration, expression)
#define PEAK_ASSIGN_OR_RETURN_IMPL(result, declaration, expression) \
  auto result = (expression);                                       \
  if (!result.ok()) return std::move(result).error();               \
  declaration = std::move(result).value()

/// `PEAK_RETURN_IF_ERROR(f());` leaves the function with f's error, if it has one.
#define PEAK_RETURN_IF_ERROR(expression)                                                           \
  do {                                                                                             \
    if (auto peak_status = (expression); !peak_status.ok()) return std::move(peak_status).error(); \
  } while (false)
