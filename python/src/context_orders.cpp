// peaktrade.OrderHandle: an order that a strategy class gave, and what became of it.
#include "context_objects.hpp"

namespace peak::python {
namespace {

PyTypeObject* order_type = nullptr;

const Order* record_of(PyObject* object) {
  auto* self = as<OrderObject>(object);
  const Context* context = open_context(self->owner);
  return context == nullptr ? nullptr : &context->broker().records().orders[static_cast<std::size_t>(self->id)];
}

template <auto Get>
PyObject* order_get(PyObject* object, void*) {
  const Order* order = record_of(object);
  return order == nullptr ? nullptr : Get(*order);
}

PyObject* order_tag(PyObject* object, void*) {
  const Order* order = record_of(object);
  if (order == nullptr) return nullptr;
  auto* owner = as<OrderObject>(object)->owner;
  const std::uint32_t tag = owner->context->broker().records().requests[static_cast<std::size_t>(order->request)].tag;
  if (tag == 0 || static_cast<Py_ssize_t>(tag) > PyList_GET_SIZE(owner->tags)) Py_RETURN_NONE;
  return Py_NewRef(PyList_GET_ITEM(owner->tags, static_cast<Py_ssize_t>(tag) - 1));
}

PyObject* order_repr(PyObject* object) {
  auto* self = as<OrderObject>(object);
  const auto id = static_cast<long long>(self->id);
  if (self->owner->context == nullptr) return PyUnicode_FromFormat("<Order %lld of a run that is over>", id);
  const Order* order = record_of(object);
  return PyUnicode_FromFormat("<Order %lld: %s %s, %s>", id, order_action_name(order->action),
                              order_type_name(order->type), order_status_name(order->status));
}

PyObject* order_compare(PyObject* a, PyObject* b, int operation) {
  if (Py_TYPE(b) != order_type || (operation != Py_EQ && operation != Py_NE)) Py_RETURN_NOTIMPLEMENTED;
  const bool same =
      as<OrderObject>(a)->id == as<OrderObject>(b)->id && as<OrderObject>(a)->owner == as<OrderObject>(b)->owner;
  return PyBool_FromLong(same == (operation == Py_EQ));
}

Py_hash_t order_hash(PyObject* object) { return static_cast<Py_hash_t>(as<OrderObject>(object)->id); }

void order_dealloc(PyObject* object) {
  Py_XDECREF(as<OrderObject>(object)->owner);
  release<OrderObject>(object);
}

PyGetSetDef order_attributes[] = {
    {"id", [](PyObject* object, void*) { return PyLong_FromLongLong(as<OrderObject>(object)->id); }, nullptr,
     "Its row in result.orders.", nullptr},
    {"action", order_get<[](const Order& o) { return PyUnicode_FromString(order_action_name(o.action)); }>, nullptr,
     "'buy' or 'sell'.", nullptr},
    {"type", order_get<[](const Order& o) { return PyUnicode_FromString(order_type_name(o.type)); }>, nullptr,
     "'market', 'limit', 'stop', 'stop_limit' or 'trailing'.", nullptr},
    {"status", order_get<[](const Order& o) { return PyUnicode_FromString(order_status_name(o.status)); }>, nullptr,
     "'working', 'filled', 'partly_filled', 'cancelled', 'expired' or 'rejected'.", nullptr},
    {"reason", order_get<[](const Order& o) { return PyUnicode_FromString(reason_name(o.reason)); }>, nullptr,
     "Why it did not fill, or not wholly.", nullptr},
    {"quantity", order_get<[](const Order& o) { return PyFloat_FromDouble(o.quantity); }>, nullptr, "Units filled.",
     nullptr},
    {"price", order_get<[](const Order& o) { return PyFloat_FromDouble(o.price); }>, nullptr,
     "Mean price of its fills; 0 when unfilled.", nullptr},
    {"tag", order_tag, nullptr, "What it was given as tag.", nullptr},
    {"symbol",
     [](PyObject* object, void*) { return PyUnicode_FromString(as<OrderObject>(object)->owner->symbol->c_str()); },
     nullptr, "The symbol that it is for; '' where the data have no name.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

}  // namespace

PyObject* make_order(ContextObject* owner, OrderId id) {
  if (id == kNoOrder) Py_RETURN_NONE;
  auto* self = PyObject_New(OrderObject, order_type);
  if (self == nullptr) return nullptr;
  Py_INCREF(owner);
  self->owner = owner;
  self->id = id;
  return py(self);
}

OrderId order_of(const ContextObject* self, PyObject* order, const char* function) {
  if (Py_TYPE(order) == order_type && as<OrderObject>(order)->owner == self) return as<OrderObject>(order)->id;
  PyErr_Format(PyExc_TypeError, "%s() takes an order that buy, sell or ctx.orders of this run gave, not %R", function,
               order);
  return kNoOrder;
}

PyTypeObject* make_order_type() {
  order_type = make_type("peaktrade._context.OrderHandle", sizeof(OrderObject),
                         {slot(Py_tp_dealloc, order_dealloc), slot(Py_tp_getset, order_attributes),
                          slot(Py_tp_repr, order_repr), slot(Py_tp_richcompare, order_compare),
                          slot(Py_tp_hash, order_hash), slot(Py_tp_doc, "An order that a strategy gave.")});
  return order_type;
}

}  // namespace peak::python
