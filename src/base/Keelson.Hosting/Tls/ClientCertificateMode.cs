namespace Keelson.Hosting.Tls;

/// <summary>What a server does about certificates of clients.</summary>
public enum ClientCertificateMode
{
    /// <summary>It asks for none.</summary>
    None,
    /// <summary>It asks for one, and takes any or none.</summary>
    Request,
    /// <summary>There must be one, whoever signed it.</summary>
    RequireAny,
    /// <summary>If there is one, it must be right.</summary>
    VerifyIfGiven,
    /// <summary>There must be one that is right.</summary>
    RequireAndVerify,
}
