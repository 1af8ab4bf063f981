namespace Keelson.Pkcs11;

/// <summary>What a function of a module answers, by the names of the specification. PKCS #11 v2.40 base, CK_RV.</summary>
/// <remarks>Those that this client can meet; a module may have others of its own from 0x80000000 on.</remarks>
public enum ReturnValue : ulong
{
    /// <summary>All went well.</summary>
    CKR_OK = 0,
    /// <summary>It was given up on request.</summary>
    CKR_CANCEL = 1,
    /// <summary>The module has no memory.</summary>
    CKR_HOST_MEMORY = 2,
    /// <summary>There is no such slot.</summary>
    CKR_SLOT_ID_INVALID = 3,
    /// <summary>The module cannot go on.</summary>
    CKR_GENERAL_ERROR = 5,
    /// <summary>It failed for a reason that has no name.</summary>
    CKR_FUNCTION_FAILED = 6,
    /// <summary>An argument makes no sense.</summary>
    CKR_ARGUMENTS_BAD = 7,
    /// <summary>The module knows no locks, so that threads cannot share it.</summary>
    CKR_CANT_LOCK = 0xa,
    /// <summary>The attribute cannot be changed.</summary>
    CKR_ATTRIBUTE_READ_ONLY = 0x10,
    /// <summary>The attribute stays in the token.</summary>
    CKR_ATTRIBUTE_SENSITIVE = 0x11,
    /// <summary>The object has no such attribute.</summary>
    CKR_ATTRIBUTE_TYPE_INVALID = 0x12,
    /// <summary>The attribute cannot have this value.</summary>
    CKR_ATTRIBUTE_VALUE_INVALID = 0x13,
    /// <summary>The object does not allow it.</summary>
    CKR_ACTION_PROHIBITED = 0x1b,
    /// <summary>The content cannot be signed.</summary>
    CKR_DATA_INVALID = 0x20,
    /// <summary>The content is too long or too short.</summary>
    CKR_DATA_LEN_RANGE = 0x21,
    /// <summary>The token, or the slot, is broken.</summary>
    CKR_DEVICE_ERROR = 0x30,
    /// <summary>The token is full.</summary>
    CKR_DEVICE_MEMORY = 0x31,
    /// <summary>The token was taken out.</summary>
    CKR_DEVICE_REMOVED = 0x32,
    /// <summary>It was given up midway.</summary>
    CKR_FUNCTION_CANCELED = 0x50,
    /// <summary>The module has no such function.</summary>
    CKR_FUNCTION_NOT_SUPPORTED = 0x54,
    /// <summary>There is no such key.</summary>
    CKR_KEY_HANDLE_INVALID = 0x60,
    /// <summary>The key is too long or too short for it.</summary>
    CKR_KEY_SIZE_RANGE = 0x62,
    /// <summary>The key is of another kind.</summary>
    CKR_KEY_TYPE_INCONSISTENT = 0x63,
    /// <summary>The key is not for that.</summary>
    CKR_KEY_FUNCTION_NOT_PERMITTED = 0x68,
    /// <summary>The token has no such mechanism.</summary>
    CKR_MECHANISM_INVALID = 0x70,
    /// <summary>The parameter of the mechanism makes no sense.</summary>
    CKR_MECHANISM_PARAM_INVALID = 0x71,
    /// <summary>There is no such object.</summary>
    CKR_OBJECT_HANDLE_INVALID = 0x82,
    /// <summary>The session does something else.</summary>
    CKR_OPERATION_ACTIVE = 0x90,
    /// <summary>The session has not begun it.</summary>
    CKR_OPERATION_NOT_INITIALIZED = 0x91,
    /// <summary>The PIN is wrong.</summary>
    CKR_PIN_INCORRECT = 0xa0,
    /// <summary>The PIN has characters that no PIN has.</summary>
    CKR_PIN_INVALID = 0xa1,
    /// <summary>The PIN is too long or too short.</summary>
    CKR_PIN_LEN_RANGE = 0xa2,
    /// <summary>The PIN has to be changed.</summary>
    CKR_PIN_EXPIRED = 0xa3,
    /// <summary>Too many wrong PINs came; the token takes none any more.</summary>
    CKR_PIN_LOCKED = 0xa4,
    /// <summary>The session was closed meanwhile.</summary>
    CKR_SESSION_CLOSED = 0xb0,
    /// <summary>The token has no more sessions.</summary>
    CKR_SESSION_COUNT = 0xb1,
    /// <summary>There is no such session.</summary>
    CKR_SESSION_HANDLE_INVALID = 0xb3,
    /// <summary>Sessions are serial.</summary>
    CKR_SESSION_PARALLEL_NOT_SUPPORTED = 0xb4,
    /// <summary>The session may not write.</summary>
    CKR_SESSION_READ_ONLY = 0xb5,
    /// <summary>The security officer is logged in.</summary>
    CKR_SESSION_READ_WRITE_SO_EXISTS = 0xb8,
    /// <summary>The signature has a wrong length.</summary>
    CKR_SIGNATURE_LEN_RANGE = 0xc1,
    /// <summary>Attributes are missing.</summary>
    CKR_TEMPLATE_INCOMPLETE = 0xd0,
    /// <summary>The attributes contradict each other.</summary>
    CKR_TEMPLATE_INCONSISTENT = 0xd1,
    /// <summary>There is no token in the slot.</summary>
    CKR_TOKEN_NOT_PRESENT = 0xe0,
    /// <summary>What is in the slot is no token that the module knows.</summary>
    CKR_TOKEN_NOT_RECOGNIZED = 0xe1,
    /// <summary>The token cannot be written to.</summary>
    CKR_TOKEN_WRITE_PROTECTED = 0xe2,
    /// <summary>The user is logged in.</summary>
    CKR_USER_ALREADY_LOGGED_IN = 0x100,
    /// <summary>The user is not logged in.</summary>
    CKR_USER_NOT_LOGGED_IN = 0x101,
    /// <summary>The token has no PIN of the user yet.</summary>
    CKR_USER_PIN_NOT_INITIALIZED = 0x102,
    /// <summary>There is no such user.</summary>
    CKR_USER_TYPE_INVALID = 0x103,
    /// <summary>Another user is logged in.</summary>
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN = 0x104,
    /// <summary>Too many users are logged in.</summary>
    CKR_USER_TOO_MANY_TYPES = 0x105,
    /// <summary>The parameters of the curve make no sense to the token.</summary>
    CKR_DOMAIN_PARAMS_INVALID = 0x130,
    /// <summary>The token does not know the curve.</summary>
    CKR_CURVE_NOT_SUPPORTED = 0x140,
    /// <summary>The answer is longer than the place for it.</summary>
    CKR_BUFFER_TOO_SMALL = 0x150,
    /// <summary>The module is not initialised.</summary>
    CKR_CRYPTOKI_NOT_INITIALIZED = 0x190,
    /// <summary>The module is initialised.</summary>
    CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191,
    /// <summary>A lock is broken.</summary>
    CKR_MUTEX_BAD = 0x1a0,
    /// <summary>Somebody at the token said no.</summary>
    CKR_FUNCTION_REJECTED = 0x200,
}
