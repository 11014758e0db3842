namespace OneCode.Web;

/// <summary>Where the built browser half lies beside the program.</summary>
public static class OneCodeWeb
{
    /// <summary>Folder of the ES modules and pages, copied beside the assembly.</summary>
    public static string Root => Path.Combine(AppContext.BaseDirectory, "onecode-web");
}
