namespace Keelson.Cni;

/// <summary>What a plug-in says went wrong. CNI 1.1 "Error"; 8 and 999 are what libcni has besides.</summary>
public enum CniErrorCode
{
    /// <summary>Nothing went wrong.</summary>
    None = 0,
    /// <summary>The version that is asked for is none that the plug-in speaks.</summary>
    IncompatibleVersion = 1,
    /// <summary>A field of the configuration is none that the plug-in can serve.</summary>
    UnsupportedField = 2,
    /// <summary>There is no such container, and nothing is to be taken away.</summary>
    UnknownContainer = 3,
    /// <summary>A variable of the environment is missing or wrong.</summary>
    InvalidEnvironment = 4,
    /// <summary>What is to be read or written cannot be.</summary>
    InputOutput = 5,
    /// <summary>What is read is no JSON, or not of the form that it should have.</summary>
    CannotDecode = 6,
    /// <summary>The configuration says what cannot be.</summary>
    InvalidConfiguration = 7,
    /// <summary>The namespace is the host's own.</summary>
    InvalidNamespace = 8,
    /// <summary>It may work later.</summary>
    TryAgainLater = 11,
    /// <summary>The plug-in can serve nobody now.</summary>
    NotAvailable = 50,
    /// <summary>The plug-in can serve nobody now, and containers that it has served may have lost connections.</summary>
    LimitedConnectivity = 51,
    /// <summary>An address is not to be had. The plug-in's own.</summary>
    NoAddress = 100,
    /// <summary>A port of the host is not to be had. The plug-in's own.</summary>
    Conflict = 101,
    /// <summary>Anything else.</summary>
    Internal = 999,
}
