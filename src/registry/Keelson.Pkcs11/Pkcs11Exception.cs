using System.Globalization;

namespace Keelson.Pkcs11;

/// <summary>A module said no.</summary>
public sealed class Pkcs11Exception : KeelsonException
{
    /// <summary>Makes the error.</summary>
    /// <param name="code">What the module answered.</param>
    /// <param name="operation">What was tried with what; lower case.</param>
    public Pkcs11Exception(ReturnValue code, string operation) : base(KindOf(code), $"{operation}: {Describe(code)}") => Code = code;

    /// <summary>What the module answered.</summary>
    public ReturnValue Code { get; }

    /// <summary>Fails unless all went well.</summary>
    internal static void Check(ReturnValue code, string operation)
    {
        if (code != ReturnValue.CKR_OK) throw new Pkcs11Exception(code, operation);
    }

    private static string Describe(ReturnValue code) => code switch
    {
        ReturnValue.CKR_PIN_INCORRECT => "CKR_PIN_INCORRECT (the PIN is wrong)",
        ReturnValue.CKR_PIN_LOCKED => "CKR_PIN_LOCKED (too many wrong PINs came)",
        ReturnValue.CKR_TOKEN_NOT_PRESENT or ReturnValue.CKR_DEVICE_REMOVED => $"{code} (the token is not there)",
        _ when Enum.IsDefined(code) => code.ToString(),
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{(ulong)code:x} (an answer of this module alone)"),
    };

    private static ErrorKind KindOf(ReturnValue code) => code switch
    {
        ReturnValue.CKR_PIN_INCORRECT or ReturnValue.CKR_PIN_INVALID or ReturnValue.CKR_PIN_LEN_RANGE or ReturnValue.CKR_PIN_EXPIRED or ReturnValue.CKR_PIN_LOCKED or ReturnValue.CKR_ACTION_PROHIBITED
            or ReturnValue.CKR_FUNCTION_REJECTED => ErrorKind.PermissionDenied,
        ReturnValue.CKR_KEY_HANDLE_INVALID or ReturnValue.CKR_OBJECT_HANDLE_INVALID => ErrorKind.NotFound,
        ReturnValue.CKR_MECHANISM_INVALID or ReturnValue.CKR_FUNCTION_NOT_SUPPORTED or ReturnValue.CKR_CURVE_NOT_SUPPORTED or ReturnValue.CKR_DOMAIN_PARAMS_INVALID or ReturnValue.CKR_CANT_LOCK => ErrorKind.Unsupported,
        ReturnValue.CKR_ARGUMENTS_BAD or ReturnValue.CKR_ATTRIBUTE_VALUE_INVALID or ReturnValue.CKR_ATTRIBUTE_TYPE_INVALID or ReturnValue.CKR_DATA_INVALID or ReturnValue.CKR_DATA_LEN_RANGE
            or ReturnValue.CKR_TEMPLATE_INCOMPLETE or ReturnValue.CKR_TEMPLATE_INCONSISTENT or ReturnValue.CKR_MECHANISM_PARAM_INVALID => ErrorKind.InvalidArgument,
        ReturnValue.CKR_TOKEN_WRITE_PROTECTED or ReturnValue.CKR_USER_PIN_NOT_INITIALIZED or ReturnValue.CKR_ATTRIBUTE_READ_ONLY or ReturnValue.CKR_SESSION_READ_ONLY
            or ReturnValue.CKR_KEY_FUNCTION_NOT_PERMITTED or ReturnValue.CKR_KEY_TYPE_INCONSISTENT => ErrorKind.FailedPrecondition,
        _ => ErrorKind.Unavailable,
    };
}
